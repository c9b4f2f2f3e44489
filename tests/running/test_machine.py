"""What programs claim of a machine, and that no two get the same."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from polybook.running.machine import Machine, gpus
from polybook.running.needs import Needs, gpus_in

WHOLE = 1000  # more than all cores that the tests of memory claim


@pytest.mark.parametrize("total", [1, 10, 1000])
def test_claims_never_exceed_what_there_is_unless_one_is_alone(total: int) -> None:
    machine, held, lock = Machine(total, WHOLE, ()), list[int](), threading.Lock()
    seen = []

    def claim(amount: int) -> None:
        with machine.claimed(Needs(memory=amount)):
            with lock:
                held.append(amount)
                seen.append(tuple(held))
            with lock:
                held.remove(amount)

    amounts = [1, 3, 5, 7, 11, 0, 2000] * 30
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(claim, amounts))
    assert len(seen) == len(amounts)
    assert all(sum(together) <= total or len(together) == 1 for together in seen)


def test_claim_ends_with_an_error_in_its_block() -> None:
    machine = Machine(1, 1, ["0"])
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), machine.claimed(Needs(1, 1, 1)):
            raise ZeroDivisionError
    with machine.claimed(Needs(1, 1, 1)) as own:
        assert own == ("0",)


def test_each_gpu_has_one_program_at_a_time() -> None:
    machine, held, lock = Machine(WHOLE, WHOLE, ["0", "1", "2"]), list[str](), threading.Lock()
    seen = []

    def claim(count: int) -> None:
        with machine.claimed(Needs(gpus=count)) as own:
            assert own is not None
            with lock:
                held.extend(own)
                assert len(set(held)) == len(held)
                seen.append((count, len(own)))
            with lock:
                for name in own:
                    held.remove(name)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(claim, [0, 1, 2, 3, 9] * 30))
    assert sorted(set(seen)) == [(0, 0), (1, 1), (2, 2), (3, 3), (9, 3)]


def test_cores_limit_how_many_run() -> None:
    machine = Machine(WHOLE, 4, ())
    entered = threading.Event()

    def claim() -> None:
        with machine.claimed(Needs()):
            entered.set()

    with ThreadPoolExecutor(1) as pool:
        with machine.claimed(Needs(cores=4)) as own:
            assert own is None  # a machine without GPUs has none to hide
            waiting = pool.submit(claim)
            assert not entered.wait(0.2)
        waiting.result(timeout=10)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", ()),
        ("-1", ()),
        ("0", ("0",)),
        ("2, 0", ("2", "0")),
        ("1,-1,0", ("1",)),
        ("GPU-a", None),
    ],
)
def test_gpus_are_those_that_the_variable_names(
    monkeypatch: pytest.MonkeyPatch, given: str, expected: tuple[str, ...] | None
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
    assert gpus() == ((given,) if expected is None else expected)


def test_gpus_are_those_that_the_driver_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho 0\necho 1\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert gpus() == ("0", "1")
    driver.write_text("#!/bin/sh\necho broken\nexit 9\n")
    assert gpus() == ()


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("x = 1", 0),
        ("def try_gpu(i=0): pass", 0),
        ("net.to(d2l.try_gpu())", 1),
        ("d2l.try_gpu(0)", 1),
        ("torch.device('cuda')", 1),
        ("tf.device('/GPU:0')", 1),
        ("Trainer(num_gpus=1)", 1),
        ("devices = d2l.try_all_gpus()", 2),
        ("d2l.try_gpu(1)", 2),
        ("train(num_gpus=2, batch_size=256)", 2),
    ],
)
def test_code_tells_how_many_gpus_it_uses(code: str, count: int) -> None:
    assert gpus_in(["y = 2", code]) == count
