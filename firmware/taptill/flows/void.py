"""A void (撤销): what stands is undone whole, by its trace or by its card; the original itself stays in the journal."""

from ..core import transactions
from . import earlier, result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .terminal import Terminal


async def void(t: "Terminal", trace: int = 0) -> result.Result:
    """Undo the sale of this batch with that trace, or with 0 the newest one of the card that is tapped."""
    return await earlier.about(t, transactions.VOID, trace)
