#!/usr/bin/env python3
"""The TextMate grammar of frontend/editors: its expressions compile, and it sees what the lexer sees.

Tokenises as editors do: line by line, the first pattern that matches leftmost, a stack of open rules.
"""
import json
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "frontend/editors/vscode"
GRAMMAR = json.loads((FOLDER / "lmp.tmLanguage.json").read_text())


def rules(patterns):
    for pattern in patterns:
        if "include" in pattern:
            rule = GRAMMAR["repository"][pattern["include"][1:]]
            yield from rules(rule["patterns"] if "begin" not in rule and "match" not in rule else [rule])
        else:
            yield pattern


def tokenise(text):
    """[(text, scopes)], and the rules still open at the end."""
    found, stack = [], [{"patterns": GRAMMAR["patterns"]}]
    for line in text.split("\n"):
        at = 0
        while True:
            scopes = [rule["name"] for rule in stack if "name" in rule]
            best = None  # (match, rule); an end wins over what begins at the same place
            if "end" in stack[-1]:
                match = re.compile(stack[-1]["end"]).search(line, at)
                best = match and (match, None)
            for rule in rules(stack[-1]["patterns"] if "patterns" in stack[-1] else []):
                match = re.compile(rule.get("match") or rule["begin"]).search(line, at)
                if match and (best is None or match.start() < best[0].start()):
                    best = (match, rule)
            if best is None:
                found.append((line[at:], scopes))
                break
            match, rule = best
            found.append((line[at:match.start()], scopes))
            if rule is None:
                stack.pop()
                found.append((match.group(), scopes))
            elif "begin" in rule:
                stack.append(rule)
                found.append((match.group(), scopes + [rule.get("name", "")]))
            elif "captures" in rule:
                for number, capture in rule["captures"].items():
                    found.append((match.group(int(number)), scopes + [capture["name"]]))
            else:
                found.append((match.group(), scopes + [rule["name"]]))
            if match.end() == at and rule is None and match.end() >= len(line):
                break
            assert match.end() > at or rule is None, (line, rule)
            at = match.end()
    return [(t, s) for t, s in found if t.strip()], stack[1:]


def scope_of(text, part):
    """The innermost scope of the first token that is `part`."""
    for token, scopes in tokenise(text)[0]:
        if token.strip() == part:
            return scopes[-1] if scopes else ""
    raise AssertionError(f"{part} is no token of {text!r}: {tokenise(text)[0]}")


def reserved_words():
    listed = re.findall(r"LMP_TOKEN\(k\w+, [A-Z]+, \"([a-z]+)\"\)", (ROOT / "frontend/token.def").read_text())
    return listed[listed.index("import"):listed.index("not") + 1]


class Grammar(unittest.TestCase):
    def test_manifest(self):
        manifest = json.loads((FOLDER / "package.json").read_text())["contributes"]
        json.loads((FOLDER / "language-configuration.json").read_text())
        self.assertEqual(manifest["grammars"][0]["scopeName"], GRAMMAR["scopeName"])
        for path in (manifest["languages"][0]["configuration"], manifest["grammars"][0]["path"]):
            self.assertTrue((FOLDER / path).exists(), path)

    def test_reserved_words(self):
        words = reserved_words()
        self.assertEqual(len(words), 44)
        for word in words:
            scope = scope_of(f'{word} "x"' if word in ("test", "import") else f"{word} x", word)
            self.assertRegex(scope, "^(keyword|storage)", word)
            for name in (f"x.{word} + 1", f"f({word}: 1)", f"{word} = 1"):
                self.assertNotRegex(scope_of(name, word), "^(keyword|storage)", name)
            self.assertNotRegex(scope_of('f("${' + word + '}")', word), "^keyword", word)

    def test_strings(self):
        program = 'user "a ${f("b", {c: 1})} \\n d"\ngen x'
        self.assertEqual(scope_of(program, "f"), "entity.name.function.call.lmp")
        self.assertEqual(scope_of(program, "d"), "string.quoted.double.prompt.lmp")
        self.assertEqual(scope_of(program, "gen"), "keyword.control.lmp")
        self.assertEqual(scope_of(program, "\\n"), "constant.character.escape.lmp")
        self.assertEqual(scope_of('let a = re"[a-z]\\"+" gen', 're"[a-z]\\"+"'), "string.regexp.lmp")
        self.assertEqual(scope_of('r"a\\" gen x', "gen"), "keyword.control.lmp")
        block = 'user """\n  one "two"\n  ${x}\n  """\ngen y'
        self.assertEqual(scope_of(block, 'one "two"'), "string.quoted.triple.prompt.lmp")
        self.assertEqual(scope_of(block, "gen"), "keyword.control.lmp")
        self.assertEqual(scope_of('"open\ngen x', "gen"), "keyword.control.lmp")

    def test_signs(self):
        self.assertEqual(scope_of("try with time: 30s {", "30s"), "constant.numeric.duration.lmp")
        self.assertEqual(scope_of("@pin system RULES", "@pin"), "entity.name.function.decorator.lmp")
        self.assertEqual(scope_of("@pin system RULES", "system"), "keyword.other.role.lmp")
        self.assertEqual(scope_of("/// a", "/// a"), "comment.line.documentation.lmp")
        self.assertEqual(scope_of("fn f(a: list<int>) {", "list"), "support.type.lmp")
        self.assertEqual(scope_of("match x { else => a }", "else"), "keyword.control.lmp")
        self.assertEqual(scope_of("for i in 0..3 { }", "in"), "keyword.operator.logical.lmp")

    def test_programs(self):
        programs = sorted([*ROOT.glob("examples/*.lmp"), *ROOT.glob("frontend/std/*.lmp"),
                           *ROOT.glob("tests/lang/programs/*.lmp")])
        self.assertGreater(len(programs), 10)
        for path in programs:
            text = path.read_text().split("//--- std")[0]
            tokens, open_rules = tokenise(text)
            self.assertEqual(open_rules, [], path)  # every string and brace has ended
            kept = "".join("".join(t.split()) for t, _ in tokens)
            self.assertGreaterEqual(len("".join(text.split())), len(kept))
            for token, scopes in tokens:
                self.assertFalse(any("invalid" in s for s in scopes), (path, token))
                if token.strip().startswith("//"):
                    self.assertTrue(any("comment" in s or "string" in s for s in scopes), (path, token))


if __name__ == "__main__":
    unittest.main()
