"""What a case may ask for beside two commands: several sizes, regions, files, a function, a second run."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bisect_parity.commands.main import run
from tests.parity.small_case import REFERENCE, SIZE, WRITE, SmallCase, candidate_that_writes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.fixture
def case(tmp_path: Path) -> SmallCase:
    return SmallCase(tmp_path / "r")


def checked(
    case: SmallCase, capsys: pytest.CaptureFixture[str], *words: str, **changes: Any
) -> dict[str, Any]:
    case.write_case(changes)
    capsys.readouterr()
    run(["check", "--json", "--repo", str(case.repo.top), *words])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def commit_candidate(case: SmallCase, files: Mapping[str, str]) -> None:
    case.repo.commit(files, "another candidate")


TABLE = """
import sys
rows = (" ".join(str((16 * row + i) * 37 % 101) for i in range(16)) for row in range(16))
open(sys.argv[2], "w").write("\\n".join(rows))
"""


@pytest.mark.parametrize(
    ("script", "changes"),
    [
        (TABLE, {"reference_suffix": ".txt"}),
        (REFERENCE.replace('"f"', '"d"'), {"reference_dtype": "float64"}),
        (TABLE, {"reference_suffix": ".txt", "reference_at": "HEAD", "reference_dtype": "float64"}),
    ],
)
def test_the_reference_may_write_another_format_and_pixel_type(
    case: SmallCase, capsys: pytest.CaptureFixture[str], script: str, changes: dict[str, Any]
) -> None:
    commit_candidate(case, {"reference.py": script})
    document = checked(case, capsys, reference_twice=True, **changes)
    assert (document["verdict"], document["comparison"]["correlation"]) == ("good", 1.0)


def test_a_reference_of_another_shape_than_the_case_says_is_told_with_the_keys_to_correct(
    case: SmallCase, capsys: pytest.CaptureFixture[str]
) -> None:
    commit_candidate(case, {"reference.py": TABLE})
    document = checked(case, capsys, reference_suffix=".txt", shape=[16, 15])
    assert document["verdict"] == "abort"
    assert "is 16 x 16 pixels, not 16 x 15. If the reference is right, correct shape" in document["reason"]


class TestSeveralSizes:
    def test_all_of_them_are_checked_and_told(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        document = checked(case, capsys, sizes=[8, 12])
        assert document["verdict"] == "good"
        assert [(row["size"], row["verdict"]) for row in document["sizes"]] == [
            (8, "good"),
            (12, "good"),
            (SIZE, "good"),
        ]
        assert document["comparison"]["shape"] == [SIZE, SIZE]

    def test_the_first_that_is_not_good_decides(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        wrong = candidate_that_writes("(i * 37 % 101) * (2 if int(sys.argv[1]) > 8 else 1)")
        commit_candidate(case, {"sim/__main__.py": wrong})
        document = checked(case, capsys, sizes=[8, 12])
        assert document["verdict"] == "bad"
        assert document["reason"].startswith("at size 12: sum ratio 2 ")
        assert [row["size"] for row in document["sizes"]] == [8, 12]

    def test_a_failure_at_one_size_names_it(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        commit_candidate(case, {"sim/__main__.py": "import sys\nsys.exit(int(sys.argv[1]) == 8)\n"})
        document = checked(case, capsys, sizes=[8])
        assert document["verdict"] == "skip"
        assert document["reason"] == "candidate-8 ended with status 1: it printed no reason"

    def test_a_test_that_fails_at_one_size_has_no_figure_of_another(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        script = f"import sys\nprint('x', 1)\nsys.exit(int(sys.argv[1]) == {SIZE})\n"
        commit_candidate(case, {"t.py": script})
        test = ["{python}", "t.py", "{size}"]
        gone = {"reference": None, "candidate": None}
        document = checked(case, capsys, test=test, figure="x", limit=2, sizes=[8], **gone)
        assert (document["verdict"], document["figure"]) == ("bad", None)

    def test_a_size_that_is_asked_for_is_the_only_one(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        document = checked(case, capsys, "--size", "12", sizes=[8])
        assert (document["size"], document["sizes"]) == (12, [])

    def test_the_images_of_each_size_are_kept(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        checked(case, capsys, "--keep-images", "--out", str(tmp_path / "out"), sizes=[8])
        assert {path.name for path in (tmp_path / "out").glob("*.raw")} == {
            f"{role}-{size}.raw" for role in ("reference", "candidate") for size in (8, SIZE)
        }


class TestRegions:
    WRONG = candidate_that_writes("(i * 37 % 101) * (50 if i < 4 * int(sys.argv[1]) else 1)")  # 4 rows

    def test_pixels_outside_the_rectangles_do_not_count(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        commit_candidate(case, {"sim/__main__.py": self.WRONG})
        assert checked(case, capsys)["verdict"] == "bad"
        document = checked(case, capsys, roi=[[4, SIZE, 0, SIZE]])
        assert (document["verdict"], document["comparison"]["count"]) == ("good", 12 * SIZE)

    def test_pixels_that_the_mask_leaves_out_do_not_count(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        commit_candidate(case, {"sim/__main__.py": self.WRONG})
        mask = np.ones((SIZE, SIZE), bool)
        mask[:4] = False
        np.save(tmp_path / "mask.npy", mask)
        document = checked(case, capsys, mask=str(tmp_path / "mask.npy"))
        assert (document["verdict"], document["comparison"]["count"]) == ("good", 12 * SIZE)
        first = document["digests"]["files"]
        np.save(tmp_path / "mask.npy", ~mask)
        again = checked(case, capsys, mask=str(tmp_path / "mask.npy"))
        assert again["digests"]["files"] != first

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"roi": [[0, SIZE + 1, 0, 1]]}, "does not lie in 16 x 16 pixels"),
            ({"mask": "no-such-mask.npy"}, "a file of the case cannot be brought along"),
            ({"mask": "reference.py"}, "the images cannot be compared"),
        ],
    )
    def test_what_cannot_be_meant_stops_the_check(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], says: str
    ) -> None:
        document = checked(case, capsys, **changes)
        assert document["verdict"] == "abort"
        assert says in document["reason"]


class TestFiles:
    READS = ("{python}", "reference.py", "{size}", "{out}", "{scratch}/input.txt")

    def test_they_are_copied_to_the_scratch_folder_and_are_a_part_of_the_digests(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        reading = WRITE + "k = float(open(sys.argv[3]).read())\n"
        reading += "open(sys.argv[3], 'a').write(' ')\n"
        reading += "write(lambda i: k * (i * 37 % 101), int(sys.argv[1]), sys.argv[2])\n"
        commit_candidate(case, {"reference.py": reading, ".gitignore": "local/\n"})
        own = case.repo.top / "local" / "input.txt"
        own.parent.mkdir()
        own.write_text("1")
        good = checked(case, capsys, files=["local/input.txt"], reference=self.READS)
        assert good["verdict"] == "good"
        assert own.read_text() == "1"
        own.write_text("2")
        bad = checked(case, capsys, files=["local/input.txt"], reference=self.READS)
        assert (bad["verdict"], bad["comparison"]["sum_ratio"]) == ("bad", 0.5)
        assert good["digests"]["files"] != bad["digests"]["files"]

    def test_one_that_is_missing_stops_the_check(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        document = checked(case, capsys, files=["local/input.txt"])
        assert document["verdict"] == "abort"
        assert "local/input.txt: No such file or directory" in document["reason"]


class TestFunctions:
    """Candidates that are a Python function of the tree under test."""

    def test_what_it_returns_is_written(self, case: SmallCase, capsys: pytest.CaptureFixture[str]) -> None:
        code = "import numpy\ndef image(size):\n"
        code += "    return (numpy.arange(size * size) * 37 % 101).reshape(size, size).astype('f4')\n"
        commit_candidate(case, {"sim/render.py": code})
        assert checked(case, capsys, candidate="sim.render:image")["verdict"] == "good"

    def test_it_may_write_its_image_itself(self, case: SmallCase, capsys: pytest.CaptureFixture[str]) -> None:
        code = WRITE + "def image(out, **more):\n    write(lambda i: i * 37 % 101, more['size'], out)\n"
        commit_candidate(case, {"sim/render.py": code})
        assert checked(case, capsys, candidate="sim.render:image")["verdict"] == "good"

    @pytest.mark.parametrize(
        ("code", "verdict", "says"),
        [
            ("", "skip", "candidate cannot be imported: ImportError: sim.render has no function image"),
            ("import no_such_module\n", "skip", "ModuleNotFoundError: No module named 'no_such_module'"),
            (
                "def image(size): raise ValueError('x')\n",
                "skip",
                "candidate ended with status 1: ValueError: x",
            ),
            (
                "def image(a, *, b): return 1\n",
                "skip",
                "sim.render:image needs a, b, and is called with size",
            ),
            ("def image(*_a, c=1, **_b): raise ValueError('called')\n", "skip", "ValueError: called"),
            ("def image(): return object()\n", "skip", "returned a object, which is not an image"),
            ("def image(): pass\n", "skip", "candidate ended well but wrote no image"),
            (
                "import numpy\ndef image(out): numpy.save(out, numpy.ones((16, 16)))\n",
                "skip",
                "candidate ended well but wrote candidate.raw.npy instead of candidate.raw:",
            ),
            (
                "import numpy\ndef image(): return numpy.ones((16, 16))\n",
                "bad",
                "cannot be used: candidate.raw is too long: 2048 bytes, and 16 x 16 float32 takes 1024.",
            ),
            ("import torch\ndef image(): return torch.ones(16, 16)\n", "bad", "the candidate is constant"),
        ],
    )
    def test_how_it_fails_is_told(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str], code: str, verdict: str, says: str
    ) -> None:
        commit_candidate(case, {"sim/render.py": code})
        document = checked(case, capsys, candidate="sim.render:image")
        assert document["verdict"] == verdict
        assert says in document["reason"]

    def test_a_module_that_only_other_commits_have_is_an_import_error(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        commit_candidate(case, {"other/__init__.py": "def image(size): pass\n"})
        case.repo.checkout("HEAD~1")
        document = checked(case, capsys, candidate="other:image")
        assert document["reason"].startswith("candidate cannot be imported: this commit has no other")

    def test_its_neighbours_are_not_ours(self, case: SmallCase, capsys: pytest.CaptureFixture[str]) -> None:
        commit_candidate(case, {"sim/render.py": "import cache\ndef image(): pass\n"})
        assert "No module named 'cache'" in checked(case, capsys, candidate="sim.render:image")["reason"]


class TestReferenceTwice:
    RANDOM = candidate_that_writes("__import__('random').SystemRandom().random()")

    @pytest.mark.parametrize("words", [("--reference-twice",), ()])
    def test_a_reference_that_differs_from_itself_cannot_judge(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
    ) -> None:
        checked(case, capsys, reference_twice=not words)  # what it is at the first commit is not what counts
        commit_candidate(case, {"reference.py": self.RANDOM})
        document = checked(case, capsys, *words, reference_twice=not words)
        assert document["verdict"] == "abort"
        assert document["reason"].startswith("the reference differs from itself, run twice: correlation ")

    def test_noise_that_the_thresholds_let_pass_may_decide_all_the_same(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        jitter = "i * 37 % 101 + 1.5 * __import__('random').SystemRandom().random()"
        commit_candidate(case, {"reference.py": candidate_that_writes(jitter)})
        document = checked(case, capsys, "--reference-twice")
        assert document["verdict"] == "abort"
        assert "is below 0.99999" in document["reason"]

    def test_it_is_the_default_until_the_case_came_to_a_verdict(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        commit_candidate(case, {"reference.py": self.RANDOM})
        for _ in range(2):
            assert "the reference differs from itself" in checked(case, capsys)["reason"]
        case.repo.git("checkout", "-q", "HEAD~1")
        assert checked(case, capsys)["verdict"] == "good"
        case.repo.git("checkout", "-q", "-")
        assert checked(case, capsys)["verdict"] == "bad"
        assert checked(case, capsys, "--size", "12")["verdict"] == "abort"  # at another size
        assert checked(case, capsys, size=8)["verdict"] == "abort"  # another case

    def test_a_difference_that_no_threshold_sees_is_told(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        jitter = "i * 37 % 101 + 1e-5 * __import__('random').SystemRandom().random()"
        commit_candidate(case, {"reference.py": candidate_that_writes(jitter)})
        document = checked(case, capsys, "--reference-twice")
        assert document["verdict"] == "good"
        (note,) = document["notes"]
        assert "differs from itself from run to run, by less than a hundredth" in note
        assert math.isfinite(float(note.rpartition(" ")[2]))

    def test_a_reference_that_repeats_is_not_mentioned(
        self, case: SmallCase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        document = checked(case, capsys, "--reference-twice")
        assert (document["verdict"], document["notes"]) == ("good", [])
