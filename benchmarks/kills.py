"""Processes killed at random moments, and what the same command makes of it afterwards.

    python -m benchmarks.kills --out FOLDER [--json FILE] [--count 200] [--seed 0]

runs every command of `WORKS` to its end twice, then kills it `count` times in all, in turn by SIGKILL,
SIGTERM and SIGINT, at moments drawn evenly over the time it takes, and gives the command again, with
--resume where it has that. Well is: the second one ends with 0, and every file is there, none beside, and
equal to the one of the run that was left alone. JSON is compared without times and memory; a file that
differs between two runs that nobody disturbed (a page with the time of day) is compared by its presence,
and listed. A killed process is a child of this one, made by fork after the libraries are loaded and before
they have made a thread: kills fall into the work, not into imports. Kills that are done are in
FOLDER/kills.jsonl and are not repeated.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.kills_works import WORKS, Work, run, server

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
_MEASURED = frozenset(
    {"seconds", "total", "by_stage", "training_seconds", "peak_rss_bytes", "sha256", "machine", "written"}
)
_PATIENCE_S = 300.0


def in_child(work: Callable[[], int], log: Path, stop: tuple[float, int] | None = None) -> tuple[int, float]:
    """Run a function in a forked child; return its exit code, or minus a signal, and its wall time.

    Args:
        work: returns the exit code.
        log: what it prints.
        stop: after how many seconds it is sent which signal.
    """
    started = time.monotonic()
    child = os.fork()
    if not child:
        code = 70
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job is born deaf to it
        try:
            shown = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(shown, 1)
            os.dup2(shown, 2)
            code = work()
        except KeyboardInterrupt:
            code = 130
        finally:
            sys.stdout.flush()
            os._exit(code)
    sent = False
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        passed = time.monotonic() - started
        if ended:
            return os.waitstatus_to_exitcode(status), passed
        if stop is not None and not sent and passed >= stop[0]:
            os.kill(child, stop[1])
            sent = True
        if passed > _PATIENCE_S:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.002)


def contents(out: Path) -> dict[str, str]:
    """Return what every file of a folder says, without what is measured anew each time, as digests."""
    found = {}
    for file in sorted(out.rglob("*")):
        if file.is_dir():
            continue
        content = file.read_bytes()
        if file.suffix == ".json":
            content = json.dumps(_said(json.loads(content)), sort_keys=True).encode()
        content = content.replace(str(out).encode(), b"OUT")
        found[str(file.relative_to(out))] = hashlib.sha256(content).hexdigest()
    return found


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _said(each) for key, each in value.items() if key not in _MEASURED}
    return [_said(each) for each in value] if isinstance(value, list) else value


@dataclass
class Kills:
    """A folder of kills."""

    folder: Path
    finished: Path
    url: str

    def _out(self) -> Path:
        """Return the folder of a run, empty: one name for all, since files say where they are."""
        out = self.folder / "work"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        return out

    def _do(
        self, work: Work, out: Path, again: bool, stop: tuple[float, int] | None = None
    ) -> tuple[int, float]:
        return in_child(lambda: run(work, out, self.finished, self.url, again), self.folder / "log.txt", stop)

    def undisturbed(self, name: str) -> tuple[dict[str, str], list[str], float]:
        """Return contents of a run left alone, files that differ from run to run, and its wall time."""
        each = []
        for _ in range(2):
            out = self._out()
            code, seconds = self._do(WORKS[name], out, again=False)
            if code:
                raise SystemExit(f"{name} ends with {code}: see {self.folder / 'log.txt'}")
            each.append((contents(out), seconds))
        (one, _), (other, seconds) = each
        return other, sorted(file for file in other if one.get(file) != other[file]), seconds

    def kill(
        self, name: str, well: dict[str, str], varying: list[str], at: float, number: int
    ) -> dict[str, Any]:
        """Kill a command once, give it again, and say what was found."""
        out = self._out()
        code, _ = self._do(WORKS[name], out, again=False, stop=(at, number))
        left = sorted(str(file.relative_to(out)) for file in out.rglob(".*"))
        again, _ = self._do(WORKS[name], out, again=True)
        found = contents(out)
        wrong = sorted(
            {file for file in found.keys() | well.keys() if found.get(file) != well.get(file)}
            - {file for file in varying if file in found}
        )
        return {
            "command": name,
            "signal": signal.Signals(number).name,
            "at_s": round(at, 3),
            "first_exit": code,
            "again_exit": again,
            "left_by_the_kill": left,
            "wrong_afterwards": wrong,
        }


def _hit(kill: dict[str, Any]) -> bool:
    """Whether a kill came before the command's own end; what came later is counted apart."""
    return bool(kill["first_exit"] != 0)


def summary(kills: list[dict[str, Any]]) -> dict[str, Any]:
    """Return counts by command and by signal."""
    by_command = {}
    for name in WORKS:
        own = [kill for kill in kills if kill["command"] == name]
        by_command[name] = {
            "kills": sum(map(_hit, own)),
            "ended_before": len(own) - sum(map(_hit, own)),
            "left_temporaries": sum(bool(kill["left_by_the_kill"]) for kill in own),
            "not_as_undisturbed": sum(bool(kill["again_exit"] or kill["wrong_afterwards"]) for kill in own),
        }
    return {
        "kills": sum(map(_hit, kills)),
        "ended_before": len(kills) - sum(map(_hit, kills)),
        "not_as_undisturbed": sum(each["not_as_undisturbed"] for each in by_command.values()),
        "by_signal": dict(Counter(kill["signal"] for kill in kills if _hit(kill))),
        "by_command": by_command,
    }


def main() -> None:
    """Kill, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    import torch

    import neuroff.cli.compare
    import neuroff.cli.energy
    import neuroff.cli.export
    import neuroff.cli.reproduce
    import neuroff.cli.train
    import neuroff.data.download
    import neuroff.report.reproduction.folder  # noqa: F401
    from neuroff.provenance import commit, machine, versions

    torch.set_num_threads(1)
    for variable in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[variable]
    folder = given.out.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / "kills.jsonl"
    kills = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
    varying: dict[str, list[str]] = {}
    seconds: dict[str, float] = {}
    started = time.monotonic()
    with server() as url:
        each = Kills(folder, folder / "finished", url)
        if not (each.finished / "run" / "result.json").exists():
            shutil.rmtree(each.finished, ignore_errors=True)
            in_child(
                lambda: run(WORKS["train, spiking, batch"], each.finished, folder, url, again=False),
                folder / "log.txt",
            )
        each.finished = each.finished / "run"
        shares = sum(work.share for work in WORKS.values())
        for name, work in WORKS.items():
            planned = round(given.count * work.share / shares)
            own = [kill for kill in kills if kill["command"] == name]
            turn, done = len(own), sum(map(_hit, own))
            well, varying[name], seconds[name] = each.undisturbed(name)
            while done < planned:
                choose = random.Random(f"{given.seed} {name} {turn}")
                number = SIGNALS[turn % len(SIGNALS)]
                at = choose.random() * seconds[name]
                kills.append(each.kill(name, well, varying[name], at, number))
                turn, done = turn + 1, done + _hit(kills[-1])
                with record.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(kills[-1]) + "\n")
            print(f"{name}: {seconds[name]:.1f} s, {planned} kills", flush=True)
    shutil.rmtree(folder / "work", ignore_errors=True)
    result = {
        "what": "kills at random moments, then the same command with --resume or --force",
        "how": "children forked after import, one thread; JSON compared without times and memory",
        "seed": given.seed,
        "seconds_of_this_run": round(time.monotonic() - started, 1),
        "undisturbed_seconds": {name: round(value, 2) for name, value in seconds.items()},
        "differ_between_undisturbed_runs": {name: files for name, files in varying.items() if files},
        **summary(kills),
        "faults": [kill for kill in kills if kill["again_exit"] or kill["wrong_afterwards"]],
        "versions": versions(),
        "commit": commit(),
        "machine": machine("cpu"),
    }
    print(json.dumps({key: result[key] for key in ("kills", "ended_before", "not_as_undisturbed")}))
    for kill in result["faults"]:
        print(json.dumps(kill))
    if given.json:
        given.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
