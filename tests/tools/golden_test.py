#!/usr/bin/env python3
"""Tests of golden.py with a stand-in for the binary: exit status, sections, update, bad files."""
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).with_name("golden.py")
# Prints its arguments, copies a file that is named to stderr, exits with the status asked for.
STAND_IN = """#!/usr/bin/env python3
import sys
for word in sys.argv[1:]:
    if word.startswith("exit="):
        sys.exit(int(word[5:]))
    if word.startswith("show="):
        sys.stderr.write(open(word[5:]).read())
    else:
        print(word)
"""


class GoldenTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.where = pathlib.Path(self.folder.name)
        self.lmp = self.where / "stand_in"
        self.lmp.write_text(STAND_IN)
        self.lmp.chmod(self.lmp.stat().st_mode | stat.S_IXUSR)

    def golden(self, name, text, *flags):
        path = self.where / name
        path.write_text(text)
        done = subprocess.run([sys.executable, TOOL, "--lmp", self.lmp, *flags, path],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def test_passes(self):
        text = "// RUN: lmp a %s show=x/b.lmp\n// FILE: x/b.lmp\n//--- x/b.lmp\nb\n"
        text += "//--- stdout\na\nt.lmp\n//--- stderr\nb\n"
        self.assertEqual(self.golden("t.lmp", text), (0, "1 passed, 0 failed\n"))

    def test_made_files(self):
        text = '// RUN: lmp show=m\n// MADE: m 3 "\\x41b"\n//--- stderr\nAbAbAb\n'
        self.assertEqual(self.golden("t.lmp", text)[0], 0)
        self.assertEqual(self.golden("t.lmp", text.replace("3", "2"))[0], 1)

    def test_the_program_is_without_sections(self):
        text = "// RUN: lmp show=%s\nx\n//--- stderr\n// RUN: lmp show=%s\nx\n"
        self.assertEqual(self.golden("t.lmp", text)[0], 0)

    def test_difference_is_shown(self):
        status, out = self.golden("t.lmp", "// RUN: lmp found\n//--- stdout\nexpected\n")
        self.assertEqual(status, 1)
        self.assertIn("-expected\n+found\n", out)
        self.assertIn("rerun: ", out)
        self.assertTrue(out.endswith("0 passed, 1 failed\n"))

    def test_output_without_section_fails(self):
        self.assertEqual(self.golden("t.lmp", "// RUN: lmp found\n")[0], 1)

    def test_exit_status(self):
        self.assertEqual(self.golden("fail_t.lmp", "// RUN: lmp exit=2\n// EXIT: 2\n")[0], 0)
        self.assertEqual(self.golden("fail_t.lmp", "// RUN: lmp exit=1\n// EXIT: 2\n")[0], 1)
        self.assertEqual(self.golden("t.lmp", "// RUN: lmp exit=2\n// EXIT: 2\n")[0], 1)
        self.assertEqual(self.golden("fail_t.lmp", "// RUN: lmp exit=0\n")[0], 1)
        self.assertEqual(self.golden("fail_t.lmp", "// RUN: lmp exit=139\n// EXIT: 139\n")[0], 1)

    def test_update(self):
        text = "// RUN: lmp new show=b exit=3\n// FILE: b\nx\n//--- b\nb\n//--- stdout\nold\n"
        self.assertEqual(self.golden("fail_t.lmp", text, "--update")[0], 0)
        updated = (self.where / "fail_t.lmp").read_text()
        self.assertEqual(updated, "// RUN: lmp new show=b exit=3\n// EXIT: 3\n// FILE: b\nx\n"
                                  "//--- b\nb\n//--- stdout\nnew\n//--- stderr\nb\n")
        self.assertEqual(self.golden("fail_t.lmp", updated)[0], 0)

    def test_update_when_lines_move(self):
        text = "// RUN: lmp show=%s exit=1\nx\n"
        self.assertEqual(self.golden("fail_t.lmp", text, "--update")[0], 0)
        updated = (self.where / "fail_t.lmp").read_text()
        self.assertIn("//--- stderr\n// RUN: lmp show=%s exit=1\n// EXIT: 1\nx\n", updated)
        self.assertEqual(self.golden("fail_t.lmp", updated)[0], 0)

    def test_bad_files(self):
        for text in ("x\n", "// RUN: lmp\n// RUN: lmp\n", "// RUN: rm x\n",
                     "// RUN: lmp\n// FILE: b\n", "// RUN: lmp\n//--- b\n",
                     "// RUN: lmp\n// FILE: ../b\n//--- ../b\n", '// RUN: lmp\n// MADE: ../b 1 "x"\n',
                     '// RUN: lmp\n// MADE: b "x"\n', '// RUN: lmp\n// MADE: b 1 "\\x"\n',
                     "// RUN: lmp\n//--- stdout\n//--- stdout\n"):
            self.assertEqual(self.golden("t.lmp", text)[0], 1, text)


if __name__ == "__main__":
    unittest.main()
