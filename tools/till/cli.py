"""`till`: one command for everything on the person's computer.  Each subcommand is imported only when it is called."""

import importlib
import sys

import click

from rig.failures import told

# name -> (module, function, one line of help)
_COMMANDS = {
    "demo": ("till.demo_command", "demo", "A terminal in the browser, with cards, host and the wire between them."),
    "story": ("play.story", "story", "Play the whole story: three sales, a lost answer, a power cut; books compared."),
    "run": ("till.bench_command", "run", "Run terminal scripts; the exit code tells."),
    "bench": ("till.bench_command", "bench", "Start a virtual terminal that talks JSON lines."),
    "host": ("till.host_command", "host", "Start the acquirer."),
    "tmk": ("till.host_command", "tmk", "Tell the TMK of a terminal of the acquirer, to provision it with."),
    "ledger": ("till.ledger_command", "ledger", "Copy the acquirer's ledger while it is in use, and restore it."),
    "load": ("campaigns.load.command", "load_command", "Load a host with many terminals, and compare the books."),
    "decode": ("till.decode", "decode", "Show a message field by field."),
    "replay": ("till.replay", "replay", "Play a recorded card session to the terminal's reader."),
    "powercut": ("campaigns.powercut", "powercut", "Cut the power at every write and network step."),
    "model": ("model.command", "model", "Explore every state of the protocol by which money moves."),
    "simulate": ("till.simulate", "simulate", "Play histories with every fault there is, each drawn from one seed."),
    "measure": ("campaigns.measure", "measure", "Print the benchmark figures."),
    "board": ("till.board_command", "board", "Check the wires of a board's folder against its chip, without a board."),
    "flash": ("till.flash", "flash", "Write MicroPython and the firmware to a board's flash."),
    "image": ("till.image", "image", "Write the firmware as an image for a board's flash."),
    "freeze": ("till.freeze", "freeze", "Lay the firmware out as sources, for an image of one's own."),
    "deploy": ("till.deploy", "deploy", "Put the firmware on a board that has MicroPython, as far as it has changed."),
    "provision": ("till.provision", "provision", "Give a board its settings and keys."),
    "backup": ("till.backup", "backup", "Keep a board's journal and settings in a file, without keys."),
    "restore": ("till.backup", "restore", "Put a backup onto a new board."),
    "monitor": ("till.monitor", "monitor", "Show what a board logs."),
    "shell": ("till.monitor", "shell", "MicroPython's prompt on a board."),
    "receipt": ("till.receipt", "receipt", "Write the slip of a payment as PNG, PDF or text."),
    "evidence": ("till.evidence", "evidence", "Check and explain what a terminal wrote about an incident."),
}


class _Lazy(click.Group):
    def list_commands(self, context) -> list:
        return list(_COMMANDS)

    def get_command(self, context, name: str):
        if name not in _COMMANDS:
            return None
        module, function, _ = _COMMANDS[name]
        return getattr(importlib.import_module(module), function)

    def format_commands(self, context, formatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="taptill")
def till() -> None:
    """TapTill on your computer: the virtual terminal, the acquirer and their inspectors."""


def main() -> None:
    """Run `till`; what goes wrong outside of the code is one line and exit code 2, unless the error says another."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks a character gets a question mark
    try:
        code = till.main(prog_name="till", standalone_mode=False)  # a number when a command ended by Exit
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        print("till: " + " ".join(error.format_message().split()), file=sys.stderr)
        sys.exit(vars(error).get("exit_code", 2))
    except OSError as error:
        print(f"till: {told(error)}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
