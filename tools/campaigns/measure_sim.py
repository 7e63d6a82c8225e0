"""What a point of `till simulate --cuts` takes."""

from sim.apart import apart


def figures(progress) -> dict:
    """Processor time of one life after a cut: start, what is open, a sale, both books."""
    progress("cuts of the simulation")
    return {"sim_cut_ms": apart(_cut_ms)}


def _cut_ms() -> float:
    from rig.firmware import taptill_on_path

    taptill_on_path()
    from sim.base import the
    from sim.cuts import Runner, named

    return Runner(named("answer lost"), the()).explore(1).each_ms
