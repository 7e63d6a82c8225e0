"""`till ledger`: copies of the host's ledger, and a ledger made of one again."""

import pathlib

import click

from acquirer import books, ledger_copies
from acquirer.ledger import LedgerError
from acquirer.sql_ledger import SqlLedger
from acquirer.vault import Keeper
from rig.failures import Failed, told
from rig.state_lock import hold

_ledger = click.option("--ledger", "url", default=None, metavar="URL", help="As `till host` has it.")
_state = click.option(
    "--state",
    default="build/host",
    show_default=True,
    type=click.Path(file_okay=False, path_type=pathlib.Path),
    help="State folder of the host.",
)
_file = click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=pathlib.Path))


@click.group("ledger")
def ledger() -> None:
    """Keep copies of the host's ledger.  The host master key (`master.key`) is none of it: keep that apart."""


@ledger.command()
@_file
@_ledger
@_state
def backup(path, url, state) -> None:
    """Copy the ledger of this moment to a new FILE; a host that runs goes on."""
    try:
        ledger_copies.backup(_url(url, state), path)
    except LedgerError as error:
        raise Failed(str(error)) from None
    except FileExistsError:
        raise Failed(f"{path}: is there already, and is not overwritten") from None
    except OSError as error:
        raise Failed(told(error)) from None
    click.echo(f"{path}: {path.stat().st_size:,} bytes")


@ledger.command()
@_file
@_ledger
@_state
@click.option("--replace", is_flag=True, help="Also when there is a ledger, which is then gone.")
def restore(path, url, state, replace) -> None:
    """Make the ledger of the copy in FILE again.  A ledger that a host has open is refused."""
    keeper = Keeper(state)
    with hold("till ledger restore", state):
        try:
            ledger_copies.restore(_url(url, state), path, keeper, replace)
            restored = SqlLedger(_url(url, state), keeper=keeper)
            try:
                totals, wrong = books.totals(restored), books.problems(restored)
            finally:
                restored.close()
        except LedgerError as error:
            raise Failed(str(error)) from None
        except OSError as error:
            raise Failed(told(error)) from None
    for each in wrong:
        click.echo(each)
    count = sum(each["count"] for each in totals.values())
    click.echo(f"restored: {count:,} transactions, {'the books do not add up' if wrong else 'every sum is right'}")
    if wrong:
        raise SystemExit(1)


def _url(url: "str | None", state: pathlib.Path) -> str:
    return url or f"sqlite:///{(state / 'ledger.sqlite').as_posix()}"
