// Corpus: vectors that the user computed.
#include <cmath>
#include <cstring>

#include "runtime/base/json.h"
#include "runtime/rag/corpus.h"
#include "runtime/rag/digest.h"
#include "runtime/rag/process_lock.h"

namespace lmp::rag {
namespace {

constexpr size_t kDimensionMax = 16384;

// Of length 1. Errors: InvalidArgument.
Status Normalize(std::vector<float>* vector) {
  double sum = 0;
  for (const float value : *vector) sum += double{value} * double{value};
  if (!std::isfinite(sum)) return InvalidArgument("has a value that is not a finite number");
  if (sum < 1e-30) return InvalidArgument("has no direction: all of it is 0");
  const double scale = 1 / std::sqrt(sum);
  for (float& value : *vector) value = static_cast<float>(value * scale);
  return OkStatus();
}

struct VectorLine {
  std::string id, text;  // one of them
  std::vector<float> embedding;
};

Result<VectorLine> ReadVectorLine(std::string_view line) {
  LMP_TRY(const Json json, ParseJson(line));
  if (!json.is_object()) return InvalidArgument("is not an object");
  VectorLine out;
  const auto id = json.find("id"), text = json.find("text"), values = json.find("embedding");
  if (id != json.end() && id->is_string()) {
    out.id = id->get<std::string>();
  } else if (text != json.end() && text->is_string()) {
    out.text = text->get<std::string>();
  }
  if (out.id.empty() && out.text.empty()) {
    return InvalidArgument("has no string \"id\" and no string \"text\"");
  }
  if (values == json.end() || !values->is_array() || values->empty() ||
      values->size() > kDimensionMax) {
    return InvalidArgument("has no array \"embedding\" of 1 to " + std::to_string(kDimensionMax) +
                           " numbers");
  }
  for (const Json& value : *values) {
    if (!value.is_number()) return InvalidArgument("its \"embedding\" has more than numbers");
    out.embedding.push_back(static_cast<float>(value.get<double>()));
  }
  LMP_RETURN_IF_ERROR(Normalize(&out.embedding));
  return out;
}

std::string_view BytesOf(const std::vector<float>& vector) {
  return {reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float)};
}

// A label never means another vector, even in a file put back from a copy.
int64_t LabelOf(std::string_view key, const std::vector<float>& vector) {
  const std::string digest = Sha256Hex({key, BytesOf(vector)});
  return static_cast<int64_t>(std::stoull(digest.substr(0, 15), nullptr, 16));
}

class VectorWriter {
 public:
  VectorWriter(Database* database, size_t dimension) : database_(database), dimension_(dimension) {}

  Status Take(std::string_view line, VectorReport* report) {
    LMP_TRY(VectorLine vector, ReadVectorLine(line));
    if (dimension_ == 0) dimension_ = vector.embedding.size();
    if (vector.embedding.size() != dimension_) {
      return InvalidArgument("has " + std::to_string(vector.embedding.size()) +
                             " numbers, the others have " + std::to_string(dimension_));
    }
    LMP_TRY(const auto chunks, FindChunks(vector));
    if (chunks.empty()) {
      report->unknown.push_back(vector.id.empty() ? vector.text.substr(0, 80) : vector.id);
    }
    for (const auto& [chunk, key] : chunks) {
      LMP_RETURN_IF_ERROR(Put(chunk, key, vector.embedding, report));
    }
    return OkStatus();
  }
  size_t dimension() const { return dimension_; }
  bool replaced() const { return replaced_; }

 private:
  using Chunks = std::vector<std::pair<int64_t, std::string>>;

  Result<Chunks> Rows(std::string_view sql, std::string_view first, std::string_view second) {
    LMP_TRY(Statement rows, database_->Prepare(sql));
    rows.Bind(1, first);
    if (!second.empty()) rows.Bind(2, second);
    Chunks chunks;
    for (;;) {
      LMP_TRY(const bool row, rows.Step());
      if (!row) return chunks;
      chunks.emplace_back(rows.Number(0), std::string(rows.Text(1)));
    }
  }

  Result<Chunks> FindChunks(const VectorLine& vector) {
    if (!vector.id.empty()) {
      LMP_TRY(Chunks by_key, Rows("SELECT id, key FROM chunks WHERE key = ?", vector.id, ""));
      if (!by_key.empty()) return by_key;
      LMP_TRY(Chunks of_document,
              Rows("SELECT c.id, c.key FROM chunks c JOIN documents d ON d.id = c.document "
                   "WHERE d.name = ?",
                   vector.id, ""));
      if (of_document.size() > 1) {
        return InvalidArgument("\"" + vector.id + "\" is a document of " +
                               std::to_string(of_document.size()) +
                               " chunks: give the id of one of them");
      }
      return of_document;
    }
    const auto hash = [](std::string_view text) { return Sha256Hex({text}).substr(0, 32); };
    LMP_TRY(Chunks by_body,
            Rows("SELECT id, key FROM chunks WHERE body_hash = ?", hash(vector.text), ""));
    const size_t gap = vector.text.find("\n\n");
    if (!by_body.empty() || gap == std::string::npos || gap == 0) return by_body;
    return Rows("SELECT id, key FROM chunks WHERE body_hash = ? AND heading = ?",
                hash(std::string_view(vector.text).substr(gap + 2)), vector.text.substr(0, gap));
  }

  Status Put(int64_t chunk, const std::string& key, const std::vector<float>& values,
             VectorReport* report) {
    const int64_t label = LabelOf(key, values);
    LMP_TRY(Statement old, database_->Prepare("SELECT label FROM vectors WHERE chunk = ?"));
    LMP_TRY(const bool there, old.Bind(1, chunk).Step());
    if (there && old.Number(0) == label) {
      ++report->unchanged;
      return OkStatus();
    }
    replaced_ = replaced_ || there;
    LMP_TRY(Statement put, database_->Prepare("INSERT OR REPLACE INTO vectors VALUES(?, ?, ?)"));
    ++report->added;
    return put.Bind(1, chunk).Bind(2, label).BindBlob(3, BytesOf(values)).Execute();
  }

  Database* const database_;
  size_t dimension_;
  bool replaced_ = false;
};

}  // namespace

Result<VectorReport> Corpus::AddVectors(std::string_view jsonl) {
  LMP_TRY(const auto lock, ProcessLock::Take(path_));
  LMP_TRY(const auto transaction, Transaction::Begin(database_.get()));
  LMP_TRY(const int64_t count, database_->Number("SELECT count(*) FROM vectors"));
  LMP_TRY(const int64_t dimension, GetSetting(database_.get(), "vector_dimension", 0));
  VectorWriter writer(database_.get(), count == 0 ? 0 : static_cast<size_t>(dimension));
  VectorReport report;
  size_t number = 0;
  for (size_t begin = 0; begin < jsonl.size();) {
    const size_t end = std::min(jsonl.find('\n', begin), jsonl.size());
    const std::string_view line = jsonl.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    LMP_RETURN_IF_ERROR(writer.Take(line, &report).WithPrefix("line " + std::to_string(number)));
  }
  if (report.added > 0) {
    LMP_RETURN_IF_ERROR(
        SetSetting(database_.get(), "vector_dimension", static_cast<int64_t>(writer.dimension())));
    LMP_RETURN_IF_ERROR(BumpVectorEpoch(database_.get()));
  }
  if (writer.replaced()) {
    LMP_RETURN_IF_ERROR(SetSetting(database_.get(), kResidue, 1));
    LMP_RETURN_IF_ERROR(SetSetting(database_.get(), kVectorResidue, 1));
  }
  LMP_RETURN_IF_ERROR(transaction->Commit());
  LMP_RETURN_IF_ERROR(FinishChange(true));
  // Built now, once, and saved, rather than by each search.
  LMP_RETURN_IF_ERROR(LoadVectors());
  if (vectors_ != nullptr && vectors_->changed()) {
    LMP_TRY(const std::string digest, vectors_->Save(GraphPath(path_)));
    LMP_RETURN_IF_ERROR(SetSetting(database_.get(), kGraphDigest, digest));
  }
  return report;
}

Status Corpus::LoadVectors() {
  LMP_TRY(const int64_t epoch, GetSetting(database_.get(), kVectorEpoch, 0));
  if (vectors_ != nullptr && vectors_epoch_ == epoch) return OkStatus();
  VectorIndex::Source source;
  LMP_TRY(const int64_t count, database_->Number("SELECT count(*) FROM vectors"));
  LMP_TRY(const int64_t dimension, GetSetting(database_.get(), "vector_dimension", 0));
  LMP_TRY(source.graph_digest, GetTextSetting(database_.get(), kGraphDigest));
  source.count = static_cast<size_t>(count);
  source.dimension = static_cast<size_t>(dimension);
  source.graph_path = GraphPath(path_);
  source.read = [&](const std::function<Status(const LabelledVector&)>& take) -> Status {
    LMP_TRY(Statement rows, database_->Prepare("SELECT label, embedding FROM vectors"));
    std::vector<float> values(source.dimension);
    for (;;) {
      LMP_TRY(const bool row, rows.Step());
      if (!row) return OkStatus();
      const std::string_view bytes = rows.Blob(1);
      if (bytes.size() != values.size() * sizeof(float)) {
        return Corruption(path_ + ": the corpus is damaged (a vector of another length)");
      }
      std::memcpy(values.data(), bytes.data(), bytes.size());
      LMP_RETURN_IF_ERROR(take({rows.Number(0), values}));
    }
  };
  LMP_TRY(vectors_, VectorIndex::Load(source));
  vectors_epoch_ = epoch;
  return OkStatus();
}

Result<Corpus::Ranked> Corpus::RankByVector(std::span<const float> vector, size_t k) {
  LMP_TRY(const int64_t count, database_->Number("SELECT count(*) FROM vectors"));
  if (count == 0) return InvalidArgument(path_ + ": this corpus has no vectors");
  LMP_TRY(const int64_t dimension, GetSetting(database_.get(), "vector_dimension", 0));
  if (static_cast<int64_t>(vector.size()) != dimension) {
    return InvalidArgument("the vector of the question has " + std::to_string(vector.size()) +
                           " numbers, those of the corpus have " + std::to_string(dimension));
  }
  std::vector<float> unit(vector.begin(), vector.end());
  LMP_RETURN_IF_ERROR(Normalize(&unit).WithPrefix("the vector of the question"));
  LMP_RETURN_IF_ERROR(LoadVectors());
  LMP_TRY(Statement find, database_->Prepare("SELECT chunk FROM vectors WHERE label = ?"));
  Ranked ranked;
  for (const auto& [label, score] : vectors_->Nearest(unit, k)) {
    LMP_TRY(const bool row, find.Bind(1, label).Step());
    if (row) ranked.emplace_back(find.Number(0), double{score});
    find.Reset();
  }
  return ranked;
}

}  // namespace lmp::rag
