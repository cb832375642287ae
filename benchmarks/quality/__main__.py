"""How good verdicts are: words alone, the built-in reading, and LLM_MODEL where it names another.

`python -m benchmarks.quality [FOLDER] [--tuning] [--most N]`: FOLDER has `*.log` of real systems,
by default ../shared/logs. Windows of BGL are judged by its own labels; into those of the others
faults are put. Every other pair of windows is kept for the report, --tuning takes those between.
--most: so many windows of each system are put to an LLM, which is slow. Exit status 1 where the
built-in reading falls short of a goal, or a model with the counted facts of the reading alone.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from webapp.config import Settings

from .goals import goals, never_below
from .judges import Opinions, by, by_words
from .samples import samples
from .score import Score, macro, score
from .sent import ALL, sent
from .speed import rates
from .table import of_judge, of_sent
from .windows import Trial, trial

LOGS = Path("../shared/logs")
SIZES = (20, 50, 100)
LONG = 100
SEEDS = (1, 2, 3)
BUILTIN = "builtin"


def main() -> int:
    """Judge, print, and return the exit status."""
    asked = _arguments()
    found = samples(asked.folder)
    if not found:
        print(f"there are no logs in {asked.folder}, so that there is nothing to judge")
        return 0
    trials = [
        trial(sample, size, seed, tuning=asked.tuning)
        for sample in found
        for size in SIZES
        for seed in SEEDS
        if seed == SEEDS[0] or sample.bad is None  # labels are the same whatever the seed
    ]
    long = [trial(sample, LONG, SEEDS[0], tuning=asked.tuning) for sample in found]
    settings = Settings.load()
    print(of_judge("words", _scores(trials, by_words)))
    status = _builtin(trials, long, rates(found), by(settings.llm(BUILTIN)))
    if settings.llm_model != BUILTIN:
        status |= _beside_builtin(trials, settings, asked.most)
    return status


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality")
    parser.add_argument("folder", type=Path, nargs="?", default=LOGS)
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--most", type=int, default=10)
    return parser.parse_args()


def _builtin(
    trials: Sequence[Trial],
    long: Sequence[Trial],
    speeds: Mapping[str, float],
    judge: Opinions,
) -> int:
    scores = _scores(trials, judge)
    learned = _scores(trials, judge, learning=True)
    print(of_judge(BUILTIN, scores))
    print(of_judge(f"{BUILTIN}, learning through all windows", learned))
    told = sent(long, judge)
    print(f"{of_sent(told, speeds)}\n")
    reached = list(goals(scores, learned, told[ALL], min(speeds.values())))
    for goal in reached:
        print(f"{'  ' if goal.met else '! '}{goal.says}")
    return 0 if all(goal.met for goal in reached) else 1


def _beside_builtin(trials: Sequence[Trial], settings: Settings, most: int) -> int:
    """The model, with what was counted, and the built-in reading on the same windows."""
    few = [one for one in (_first(trials, system, most) for system in _systems(trials)) if one]
    alone = _scores(few, by(settings.llm(BUILTIN)))
    model = _scores(few, by(settings.llm()))
    print(of_judge(f"{BUILTIN}, on the windows of the model", alone))
    print(of_judge(settings.llm_model, model))
    total = sum(model.values(), Score())
    print(f"{total.tokens / total.windows:,.0f} tokens a verdict, as the model counts them\n")
    goal = never_below(macro(model.values()), macro(alone.values()))
    print(f"{'  ' if goal.met else '! '}{goal.says}")
    return 0 if goal.met else 1


def _first(trials: Iterable[Trial], system: str, most: int) -> Trial | None:
    """So many windows of the middle size."""
    for one in trials:
        if one.system == system and one.size == SIZES[1]:
            return replace(one, windows=one.windows[:most])
    return None


def _systems(trials: Iterable[Trial]) -> Iterable[str]:
    return dict.fromkeys(one.system for one in trials)


def _scores(
    trials: Sequence[Trial], judge: Opinions, *, learning: bool = False
) -> Mapping[str, Score]:
    """By system, over all its trials."""
    found: dict[str, Score] = {}
    for one in trials:
        found[one.system] = found.get(one.system, Score()) + score(judge(one, learning=learning))
    return found


if __name__ == "__main__":
    sys.exit(main())
