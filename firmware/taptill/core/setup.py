"""From the terminal's settings to what it is to a card."""

from .emv.config import EmvConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import Config


def emv_config(config: "Config") -> EmvConfig:
    """EmvConfig of a core.config.Config.  Raises ConfigError naming the setting."""
    return EmvConfig(
        country=config.country,
        currency=config.currency,
        contactless_limit=config.contactless_limit,
        floor_limit=config.floor_limit,
        cvm_limit=config.cvm_limit,
        signature=config.signature,
        serial=config.serial,
        merchant_name=config.merchant_name,
        merchant_id=config.merchant_id,
        terminal_id=config.terminal_id,
    )
