// Checker: names and types of a whole Model. Fills the notes of every tree and the declarations;
// reports every mistake once (what follows from a wrong part is silent). When the report has no
// errors afterwards, lowering needs no check of its own.
//
// One class in several files, by what is checked:
//   check_declarations.cc  items, records, enums, constants, config, signatures
//   check_types.cc         types as written; check_files.cc grammars, and files that are read
//   check_functions.cc     bodies, slots, scopes; the call graph
//   check_statements.cc    statements, check_exits.cc those that leave a block
//   check_try.cc           check, try; check_tools.cc tools and run, check_http.cc those that ask a
//                          server
//   check_prompt.cc        messages, gen, select, on, options; check_insert.cc insert
//   check_expressions.cc   expressions, check_operators.cc operators, check_calls.cc calls,
//                          check_names.cc what a name stands for, check_foreign.cc what was meant
//                          by calls of nothing
//   check_retrieve.cc      corpora and retrieve
//   check_tests.cc         tests and mocks
//   check_effects.cc       listen; what must happen once and in its order
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/model.h"
#include "frontend/report.h"
#include "runtime/base/limits.h"
#include "runtime/base/url.h"

namespace lmp::frontend {

class Checker {
 public:
  Checker(Model* model, Report* report) : model_(model), report_(report) {}
  void Run();

 private:
  // What surrounds the statement being checked, from the innermost fork or context value out.
  enum class Place : uint8_t { kFunction, kFork, kContextValue, kConstant };
  struct Scope {
    uint32_t id = 0;
    bool may_be_hidden = false;  // names of earlier REPL pieces
    std::vector<std::pair<std::string, SlotId>> names;
    std::map<std::string, SlotId, std::less<>> latest;  // of each name
    std::vector<SlotId> not_null;                       // optionals that a test has told

    void Add(const std::string& name, SlotId slot) {
      names.emplace_back(name, slot);
      latest.insert_or_assign(name, slot);
    }
  };
  struct Flow {
    ExitSet exits = 0;
    bool falls_through = true;
  };
  // Of the innermost fork, context value or function.
  struct Around {
    Place place = Place::kFunction;
    int loops = 0;    // inside `place`
    int repeats = 0;  // `try`s with retries around it
    bool in_message = false;
    uint32_t frame = 0;                // of the innermost fork, 0 outside
    bool in_list = false;              // that fork is a list made with `for`
    SlotId context;                    // the current one
    std::vector<OptionNote> defaults;  // of generations, from the forks around
    TypeId yielded;                    // of the innermost fork
    bool has_yielded = false;
    bool uncertain = false;  // a refused part may have returned or yielded
  };
  // The function (or constant) under check.
  struct Body : Around {
    Function* function = nullptr;
    std::vector<Scope> scopes;
    ast::Role role = ast::Role::kUser;  // of the message
    // One list per open recording, innermost last.
    std::vector<std::vector<SlotId>> writes = std::vector<std::vector<SlotId>>(1);
    // Generations whose context nothing has continued so far: context, name.
    std::vector<std::pair<SlotId, SlotId>> pending;
    std::vector<SlotId> continued;  // by generations, forks and names, in order
    int gens = 0;                   // seen so far, for the lint of equal branches
    int greedy_gens = 0;
    uint32_t scope_count = 0;
    uint32_t frame_count = 0;
  };

  // ---- Declarations ----
  void DeclareItems(uint32_t unit);
  void Declare(const ast::Name& name, DeclKind kind, uint32_t index);
  // What a name of this file stands for, and a name of a module that it imports.
  const Declared* Named(const std::string& name) const;
  const Declared* InModule(const Module& module, const std::string& name) const;
  const Module* ModuleNamed(ast::ExprId expr) const;
  std::vector<std::string> NamesOf(uint32_t unit) const;
  void Forget(const std::string& name, Span span);
  bool IsBroken(Span item) const;
  bool IsWordElsewhere(const std::string& word, Span span) const;
  void DeclareImport(ast::ItemId id, const ast::ImportDecl& decl, Span span);
  bool DeclareText(ast::ItemId id, const ast::Name& name, const std::string& path);
  void CheckConfig(uint32_t unit);
  void CheckConfigEntry(const ast::MapPair& pair);
  void CheckEnum(Enumeration* enumeration);
  void CheckRecord(uint32_t index);
  void CheckRecordSize(Record* record);
  void CheckConstant(uint32_t index);
  void CheckHoleParameter(const ast::Param& param, Record* record);
  TypeId CheckAlias(uint32_t index);
  void DeclareTool(const ast::ToolDecl& decl, const ast::Item& item);
  void CheckToolRecord(Record* record);
  void CheckToolSignature(Function* function);
  void CheckToolAttributes(Tool* tool);
  void CheckToolTarget(Function* function);
  void CheckArithmeticTool(Function* function, const ast::CallExpr& call);
  void ReportToolTarget(Span span);
  TypeId CheckRun(ast::ExprId id, const ast::CallExpr& call);
  void NoteCall(Span span, uint32_t function);

  // ---- Tools that ask a server (check_http.cc) ----
  enum class HttpPlace : uint8_t { kUrl, kQuery, kHeader, kBody };
  bool IsEnv(ast::ExprId expr) const;
  std::optional<std::string> CheckEnv(ast::ExprId expr);
  TypeId ReportEnv(ast::ExprId id);
  // `counts`: of the file that is run; what a module names, it only needs.
  void CheckAllow(const ast::MapPair& pair, bool counts);
  void CheckAllowed(const Url& url, Span span);
  void CheckHttpTool(Function* function, const ast::CallExpr& call, bool post);
  void TakeHttpArgument(const ast::Arg& argument, const std::string& name, Tool* tool);
  ir::HttpValue CheckHttpMap(ast::ExprId id, HttpPlace place, Tool* tool);
  void CheckHeaderName(const ast::Name& name);
  ir::HttpValue CheckHttpValue(ast::ExprId id, HttpPlace place, Tool* tool);
  ir::HttpValue CheckHttpText(const ast::StringExpr& string, Tool* tool);
  bool CheckHttpType(ast::ExprId id, TypeId type, HttpPlace place);
  std::string OperandOf(ast::ExprId expr, TypeId type, bool text, Tool* tool);
  void CheckUrl(const ir::HttpValue& url, Span span);

  // ---- Signatures and attributes ----
  void CheckSignature(Function* function);
  bool ReportNoResult(const Function& function);
  void CheckParameter(const ast::Param& param, Function* function);
  // What attributes stand in front of.
  enum class Marked : uint8_t { kGen, kSelect, kMessage, kFunction, kElse };
  // `note`: of a generation or a message.
  void CheckAttributes(const std::vector<ast::Attribute>& attributes, Marked marked,
                       StmtNote* note = nullptr);
  void CheckCacheAttribute(const ast::Attribute& attribute, Marked marked, StmtNote* note);
  void ReportExact(const ast::Attribute& attribute, Marked marked);
  void CheckEngine(const ast::Attribute& attribute, Function* function);

  // ---- Types ----
  TypeId CheckType(ast::TypeId id);  // of values
  TypeId CheckWrittenType(ast::TypeId id);
  TypeId CheckNamedType(const ast::Type& type, const ast::NamedType& named);
  TypeId CheckListType(const ast::Type& type, const ast::NamedType& named);
  TypeId CheckTexts(const ast::Type& type);
  TypeId CheckUnion(const ast::Type& type, const ast::UnionType& written);
  bool AddMember(ast::TypeId written, std::vector<TypeId>* members, bool* optional);
  TypeId CheckDeclaredType(const ast::Name& name, const Declared* declared);
  TypeId CheckModuleType(const ast::Type& type, const ast::NamedType& named);
  TypeId CheckChoice(const ast::Type& type, const ast::NamedType& named);
  bool PlaceFillers(const std::string& name, std::span<const ast::Refinement> given,
                    const Record& record, std::vector<const ast::Refinement*>* placed);
  TypeId CheckRecordType(const ast::Type& type, const ast::NamedType& named, TypeId record);
  TypeId CheckGeneratedType(ast::TypeId id, std::vector<OptionNote>* holes);
  bool CheckRefinements(const ast::NamedType& named, ir::Type* type);
  bool CheckGrammarOf(const ast::NamedType& named, ir::Type* type);
  bool ReportGrammar(TypeId type, Span span);
  bool CheckPatternOf(ast::ExprId pattern, ir::Type* type);
  std::optional<std::string> HoleOf(const ast::Name& name, TypeId want);
  std::optional<std::string> HoleFor(ast::ExprId expr, TypeId want, std::string_view what);
  void ReportComputedHole(ast::ExprId expr);
  std::string NewHole(const std::string& name, const OptionNote& filled);
  bool CheckEnd(ast::ExprId expr, std::string_view what, ir::Type* type, bool high);
  void AddBoundFix(const ast::NamedType& named, const ir::Type& type, Diagnostic* d) const;
  bool CheckRangeOf(ast::ExprId range, ir::Type* type);
  bool CheckLengthOf(const ast::Refinement& refinement, ir::Type* type);
  void ReportUnknownType(const ast::Name& name);

  // ---- Constants ----
  // Checks the expression outside of any function and computes it; nullopt after a report.
  std::optional<ir::Value> CheckConstantValue(ast::ExprId expr, TypeId want, std::string_view what,
                                              TypeId* type);
  void ReportConstantsTooBig(Span span);
  // The value of a checked expression if it is constant; reports nothing.
  std::optional<ir::Value> KnownValue(ast::ExprId expr) const;
  // A value against the bounds of its type.
  void CheckBounds(const ir::Value& value, TypeId type, Span span);
  ir::Value Converted(ir::Value value, TypeId type) const;

  // ---- Functions ----
  void CheckFunction(uint32_t index);
  void BindParameters(Function* function);
  void BindReplNames(Function* function);
  void CollectReplNames(Function* function);
  void OrderFunctions();
  bool VisitCalls(uint32_t index, std::vector<uint32_t>* path, std::vector<uint8_t>* state);
  SlotId NewSlot(SlotKind kind, std::string name, Span span, TypeId type);
  SlotId Bind(const ast::Name& name, SlotKind kind, TypeId type, ast::StmtId statement);
  void ReportDuplicate(const ast::Name& name, const Slot& old, ast::StmtId statement);
  SlotId FindLocal(std::string_view name) const;
  void PushScope();
  void PopScope() { body_->scopes.pop_back(); }
  void Write(SlotId slot);
  void BeginWrites() { body_->writes.emplace_back(); }
  std::vector<SlotId> EndWrites();

  // ---- Statements ----
  Flow CheckBlock(const ast::Block& block);
  Flow CheckList(std::span<const ast::StmtId> statements);
  void CheckStatement(ast::StmtId id);
  Flow CheckIf(const ast::IfStmt& stmt);
  Flow CheckFor(ast::StmtId id, const ast::ForStmt& stmt);
  Flow CheckWhile(const ast::WhileStmt& stmt);
  void DeclareFailure();
  void CheckCheck(const ast::CheckStmt& stmt);
  Flow CheckTry(ast::StmtId id, const ast::TryStmt& stmt, Span span);
  TryNote CheckTryOptions(const ast::TryStmt& stmt);
  void CheckTryNumber(const ast::Arg& option);
  void CheckTime(const ast::Arg& option);
  void LintFeedback(const ast::TryStmt& stmt, size_t continued_before);
  void LintEqualAttempts(const ast::TryStmt& stmt, const TryNote& note, int gens, int greedy_gens);
  TypeId CheckTryExpr(ast::ExprId id, const ast::TryExpr& expr, TypeId hint);
  Flow CheckMatch(ast::StmtId id, const ast::MatchStmt& stmt, Span span);
  bool CheckSize(const ast::MatchStmt& stmt, Span span);
  bool CheckMatched(const ast::MatchStmt& stmt, TypeId type);
  std::optional<ir::Value> CheckPattern(const ast::Pattern& pattern, TypeId type);
  std::optional<std::vector<ir::Value>> ValuesOf(TypeId type) const;
  std::string PatternOf(const ir::Value& value, TypeId type) const;
  void ReportPattern(const ast::Pattern& pattern, TypeId type,
                     const std::vector<std::string>& names);
  void BindPattern(const ast::Arm& arm, TypeId record, ArmNote* noted);
  bool ReportMissingArms(const ast::MatchStmt& stmt, TypeId type,
                         const std::vector<std::pair<ir::Value, Span>>& seen, bool falls_through,
                         Span span);
  void CheckLet(ast::StmtId id, const ast::LetStmt& stmt);
  void CheckAssign(ast::StmtId id, const ast::AssignStmt& stmt);
  void ReportAssignToConstant(const ast::AssignStmt& stmt, const Slot& slot);
  void CheckEmit(const ast::EmitStmt& stmt, Span span);
  void CheckCondition(ast::ExprId condition);
  std::string ConditionOf(ast::ExprId value, TypeId type) const;
  void ReportNoCondition(ast::ExprId condition, TypeId type);
  TypeId CheckElements(ast::ExprId list, std::string_view word);

  // ---- Null tests (check_null.cc) ----
  // The names that cannot be null where a condition is true, and where it is false.
  struct NullFacts {
    std::vector<SlotId> if_true, if_false;
  };
  NullFacts FactsOf(ast::ExprId condition) const;
  SlotId TestedForNull(const ast::BinaryExpr& binary) const;
  void Know(const std::vector<SlotId>& not_null);
  bool IsNotNull(SlotId slot) const;

  // ---- Leaving a block ----
  Flow CheckReturn(const ast::ReturnStmt& stmt, Span span);
  Flow CheckYield(const ast::YieldStmt& stmt, Span span);
  Flow CheckLoopExit(std::string_view word, ExitCode code, Span span);
  void ReportResultType(Function* function, TypeId type, Span span);
  void ReportNoReturn(const Function& function);
  void ReportNoYield(const ast::Expr& fork);
  void AddFinalExit(Diagnostic* diagnostic, std::string_view word, TypeId want,
                    std::span<const ast::StmtId> statements);

  // ---- Prompts ----
  void CheckText(const ast::TextStmt& stmt, Span span);
  Flow CheckRole(ast::StmtId id, const ast::RoleStmt& stmt, Span span);
  Flow CheckOn(ast::StmtId id, const ast::OnStmt& stmt, Span span);
  void ReportOnTarget(const ast::OnStmt& stmt, SlotId target);
  void CheckGen(ast::StmtId id, const ast::GenStmt& stmt);
  void CheckAuthor(Span span);
  void CheckGenerable(TypeId type, Span span);
  bool IsGenerable(TypeId type) const;
  void CheckTextOptions(const ast::GenStmt& stmt, TypeId type, std::vector<OptionNote>* options);
  void CheckMin(const ir::Type& type, const std::vector<OptionNote>& options);
  void CheckSelect(ast::StmtId id, const ast::SelectStmt& stmt);
  void CheckChoices(ast::ExprId choices);
  std::vector<OptionNote> CheckOptions(const std::vector<ast::Arg>& options, std::string_view where,
                                       std::span<const std::string_view> others);
  void CheckOptionValue(const ast::Arg& option, TypeId type);
  std::string CheckWord(const ast::Arg& option, std::span<const std::string_view> words);
  void CheckInsert(ast::StmtId id, const ast::InsertStmt& stmt, Span span);
  void ReportNoPassage(ast::ExprId value, TypeId type, const Record* record);
  void CheckInsertOptions(const ast::InsertStmt& stmt, TypeId passage, const Record* record,
                          InsertNote* note);
  std::string CheckReuse(const ast::Arg& option);
  void CheckOrder(const ast::Arg& option, TypeId passage, const Record* record, InsertNote* note);
  void CheckLabel(const ast::Arg& option, TypeId passage, InsertNote* note);
  const Record* RecordOf(TypeId type) const;
  void CheckNotText(ast::ExprId value, TypeId type);
  void LintDivisions();
  bool IsNumber(std::string_view word, Span place) const;
  void LintBraces(const ast::StringExpr& string);
  void LintSecret(const ast::StringExpr& string);
  void LintPassageOrder(const ast::InsertStmt& stmt, const InsertNote& note);
  void LintListInChildren(const ast::ForkExpr& fork, const Around& outer, int gens);
  void LintGen(const ast::GenStmt& stmt, const StmtNote& note, TypeId type);
  // Something goes on from the context, so what was generated in it matters.
  void Continue(SlotId context);
  void LintEqualBranches(const ast::ForkExpr& fork, const ExprNote& note, int gens,
                         int greedy_gens);
  void LintUnusedGenerations();

  // ---- Expressions ----
  // The type, also put into the notes. `hint` helps `[]`, `null` and their like to a type.
  TypeId Check(ast::ExprId expr, TypeId hint = TypeId());
  TypeId CheckNode(ast::ExprId id, const ast::Expr& expr, TypeId hint);
  // Checks that the value fits `want`; `what` begins the title ("argument `k`").
  bool Expect(ast::ExprId expr, TypeId want, std::string_view what);
  void ReportMap(const ast::MapExpr& map, Span span);
  bool ReportMapForRecord(ast::ExprId expr, TypeId want);
  std::string Unquoted(ast::ExprId expr, TypeId want) const;
  void ReportMismatch(ast::ExprId expr, TypeId found, TypeId want, std::string_view what);
  TypeId CheckString(const ast::StringExpr& string);
  TypeId CheckField(ast::ExprId id, const ast::FieldExpr& field, Span span);
  TypeId CheckModuleMember(ast::ExprId id, const Module& module, const ast::FieldExpr& field,
                           Span span);
  TypeId CheckModuleCall(ast::ExprId id, const ast::CallExpr& call, const ast::FieldExpr& callee,
                         const Module& module);
  TypeId CheckEnumMember(ast::ExprId id, const Enumeration& enumeration, const ast::Name& member);
  TypeId CheckIndex(const ast::IndexExpr& index);
  bool ReportRangeIndex(const ast::IndexExpr& index, TypeId object);
  TypeId CheckSlice(const ast::SliceExpr& slice);
  TypeId CheckConditional(ast::ExprId id, const ast::ConditionalExpr& conditional, TypeId hint);
  TypeId CheckListOf(const ast::ListExpr& list, TypeId hint);
  TypeId CheckComprehension(ast::ExprId id, const ast::ComprehensionExpr& comprehension);
  TypeId CheckContextValue(ast::ExprId id, const ast::ContextExpr& context);
  TypeId CheckFork(ast::ExprId id, const ast::ForkExpr& fork, const ast::Expr& expr);
  void CheckForkOptions(const ast::ForkExpr& fork, ExprNote* note);

  // ---- Names ----
  TypeId CheckName(ast::ExprId id, const ast::Name& name);
  void AdviseNull(const ast::Name& name, Diagnostic* d) const;
  void ReportUnknownName(const ast::Name& name);
  std::string MemberNamed(std::string_view name) const;
  bool ReportBoundElsewhere(const ast::Name& name);
  bool ReportLoneWord(const ast::Name& name);
  std::vector<std::string> VisibleNames() const;
  TypeId Constantly(ast::ExprId id, ir::Value value, TypeId type);

  // ---- Operators ----
  TypeId CheckUnary(const ast::UnaryExpr& unary, Span span);
  TypeId CheckBinary(ast::ExprId id, const ast::BinaryExpr& binary, TypeId hint);
  TypeId CheckLogic(ast::ExprId id, const ast::BinaryExpr& binary, TypeId hint);
  bool ReportDefault(const ast::BinaryExpr& binary, TypeId left, TypeId right);
  TypeId CheckArithmetic(const ast::BinaryExpr& binary, TypeId left, TypeId right);
  TypeId CheckComparison(const ast::BinaryExpr& binary, TypeId left, TypeId right);
  TypeId CheckIn(const ast::BinaryExpr& binary, TypeId left, TypeId right);
  Span Joined(const ast::BinaryExpr& binary) const;
  bool ReportChain(const ast::BinaryExpr& binary, TypeId left, TypeId right);
  void ReportOperands(const ast::BinaryExpr& binary, TypeId left, TypeId right);

  // ---- Calls ----
  TypeId CheckCall(ast::ExprId id, const ast::CallExpr& call, bool is_statement);
  TypeId CheckNamedCall(ast::ExprId id, const ast::CallExpr& call, const ast::Name& name,
                        bool is_statement);
  TypeId CheckMemberCall(ast::ExprId id, const ast::CallExpr& call, const ast::FieldExpr& callee,
                         bool is_statement);
  TypeId CheckFunctionCall(ast::ExprId id, const ast::CallExpr& call, uint32_t index);
  TypeId CheckRecordCall(ast::ExprId id, const ast::CallExpr& call, uint32_t index);
  TypeId CheckBuiltinCall(ast::ExprId id, const ast::CallExpr& call, std::string_view name);
  TypeId CheckTokens(ast::ExprId id, const ast::CallExpr& call);
  TypeId CheckClip(ast::ExprId id, const ast::CallExpr& call);
  bool ReportNoModel(Span span, const ast::CallExpr& call);
  TypeId CheckMatches(ast::ExprId id, const ast::CallExpr& call);
  TypeId CheckSchema(ast::ExprId id, const ast::CallExpr& call);
  TypeId CheckFile(ast::ExprId id, const ast::CallExpr& call);
  TypeId CheckSelected(ast::ExprId id, const ast::CallExpr& call, std::string_view what);
  void CheckSortField(const ast::CallExpr& call, const ExprNote& note);
  struct Formal {
    std::string name;
    TypeId type;
    bool has_default = false;
  };
  size_t FindFormal(const ast::Arg& argument, std::span<const Formal> formals,
                    std::string_view callee, const std::string& signature);
  bool PlaceArguments(const ast::CallExpr& call, std::span<const Formal> formals,
                      std::string_view callee, std::vector<ast::ExprId>* arguments);
  bool MatchArguments(const ast::CallExpr& call, std::span<const Formal> formals,
                      std::string_view callee, std::vector<ast::ExprId>* arguments);
  std::optional<std::vector<ast::ExprId>> BuiltinArguments(const ast::CallExpr& call,
                                                           std::string_view name);
  void CheckArgumentsAnyway(const ast::CallExpr& call);
  void ReportUnknownFunction(const ast::CallExpr& call, const ast::Name& name, Span span,
                             bool is_statement);
  void AdviseMember(const ast::CallExpr& call, const Enumeration& enumeration, Span span,
                    Diagnostic* d) const;
  bool AdviseStatementWord(const ast::CallExpr& call, const ast::Name& name, Span span,
                           Diagnostic* d) const;
  bool AdviseAppend(const ast::CallExpr& call, const ast::Name& name, Span span, bool is_statement,
                    Diagnostic* d) const;
  void AdviseMethodAppend(const ast::CallExpr& call, const ast::FieldExpr& callee, Span span,
                          bool is_statement, Diagnostic* d);
  std::string FilledIn(ast::ExprId string, std::string_view place,
                       std::span<const std::string> values) const;
  void ReportMethod(const ast::CallExpr& call, const ast::FieldExpr& callee, TypeId object,
                    Span span, bool is_statement);

  // ---- Corpora (check_retrieve.cc) ----
  struct RetrieveArguments {
    ast::ExprId query, k;
    std::optional<uint32_t> corpus;
    bool refused = false;  // the corpus was wrong
  };
  void DeclarePassage();
  void CheckCorpus(Corpus* corpus);
  void CheckChunkSize(const ast::Arg& option, bool is_chunk, std::optional<int64_t>* size);
  void ReportCorpusOption(const ast::Arg& option);
  void RefuseSearchOption(const ast::Arg& option, const std::vector<ast::Arg>& all, uint32_t before,
                          bool in_corpus);
  TypeId CheckRetrieve(ast::ExprId id, const ast::CallExpr& call);
  const Corpus* CorpusNamed(ast::ExprId expr, uint32_t* index) const;
  void TakeRetrieveArgument(const ast::CallExpr& call, const ast::Arg& argument,
                            RetrieveArguments* given);
  void CheckQuery(ast::ExprId query);
  void TakeCorpus(const ast::Arg& argument, RetrieveArguments* given);
  void AdviseCorpus(const std::vector<std::string>& names, const std::string& source,
                    Diagnostic* d) const;
  void CompleteRetrieve(ast::ExprId id, const ast::CallExpr& call, const RetrieveArguments& given);
  bool ReportCorpusMethod(const ast::CallExpr& call, const ast::FieldExpr& callee, Span span);

  // ---- Tests (check_tests.cc) ----
  struct MockTarget {
    std::string name;  // as ir::Mock
    TypeId type;
  };
  void DeclareTest(const ast::TestDecl& test, uint32_t unit);
  void CheckMock(const ast::MockStmt& stmt, Span span);
  void DeclareStats();
  TypeId CheckStats(ast::ExprId id, const ast::CallExpr& call);
  std::optional<MockTarget> TargetOf(const ast::QName& target);
  std::optional<MockTarget> GenerationOf(const ast::QName& target, uint32_t function);
  static std::optional<TypeId> GeneratedType(const Function& function, std::string_view name);
  void ReportUnknownMock(const ast::QName& target, const std::vector<std::string>& near);
  std::vector<std::string> MockTargets() const;

  // ---- Effects (check_effects.cc) ----
  TypeId CheckListen(ast::ExprId id, const ast::CallExpr& call);
  void NoteEffect(const Effect& effect, const std::string& what);
  Diagnostic& ReportInFork(Span span, const std::string& what, const Effect& effect, bool in_list);
  Diagnostic& ReportRepeated(Span span, const std::string& what, const Effect& effect);
  void CheckEffects();
  void CheckCallEffect(const CallSite& call, const Effect& effect);

  // More than a reader is shown: what is left would cost time for nothing.
  bool has_enough_errors() const { return report_->errors() > kDiagnosticsMax; }

  // ---- Short forms ----
  const ast::File& tree() const { return *model_->units[unit_].file; }
  Notes& notes() { return model_->units[unit_].notes; }
  const Notes& notes() const { return model_->units[unit_].notes; }
  ir::TypeTable& types() const { return model_->program->types; }
  Slot& slot(SlotId id) { return body_->function->slots[id.index]; }
  const Slot& slot(SlotId id) const { return body_->function->slots[id.index]; }
  std::string User(TypeId type) const { return UserType(types(), type); }
  std::string TextOf(Span span) const;
  bool Is(TypeId type, TypeKind kind) const { return IsKind(types(), type, kind); }
  // A union, or an optional one.
  bool IsUnion(TypeId type) const {
    return Is(type, TypeKind::kUnion) ||
           (Is(type, TypeKind::kOptional) && Is(types()[type].element, TypeKind::kUnion));
  }
  Span SpanOf(ast::ExprId expr) const { return tree()[expr].span; }

  // Where bounds known only at run time may stand, while a type is checked: in the type of a
  // generation, which notes what fills them, or in the fields of a record with parameters.
  struct Holes {
    std::vector<OptionNote>* filled = nullptr;
    const Record* record = nullptr;
  };

  Model* model_;
  Report* report_;
  size_t records_open_ = 0;  // that CheckRecord is inside of
  uint32_t unit_ = 0;
  Body* body_ = nullptr;
  Holes holes_;
  bool defines_tool_ = false;  // the constant being checked is part of a tool's definition
  std::vector<std::optional<HostRule>> allowed_;  // none: what a variable names
};

}  // namespace lmp::frontend
