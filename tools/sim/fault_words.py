"""Faults in words, English and Chinese: what strikes, and at which occasion of the act."""

from .faults import Fault

_ENDS = {1: "st", 2: "nd", 3: "rd"}
_REQUEST = {
    "lost": ("is lost on its way", "在途中丢失"),
    "late": ("arrives {value} ms late", "迟到 {value} 毫秒"),
    "doubled": ("arrives a second time after {value} ms", "{value} 毫秒后又到达一次"),
    "damaged": ("arrives with a bit flipped", "到达时有一位翻转"),
    "broken-before": ("is lost, and the connection breaks", "丢失，连接中断"),
    "broken-after": ("arrives, and the connection breaks before the answer", "到达，连接在应答前中断"),
    "closed-before": ("arrives, and the host closes the connection instead of deciding it", "到达，主机未处理就关闭连接"),
    "closed-after": ("is decided, and the host closes the connection without an answer", "已处理，主机未应答就关闭连接"),
    "send-broken": ("breaks off while it is sent, and never arrives whole", "发送中断，未完整到达"),
    "send-broken-late": ("breaks off while it is sent, and is decided all the same", "发送报错，但已到达并处理"),
    "other-host": ("reaches another host", "到了另一台主机"),
    "answer-lost": ("is decided, and the answer is lost", "已处理，应答丢失"),
    "answer-late": ("is decided, and the answer comes {value} ms late", "已处理，应答迟到 {value} 毫秒"),
    "answer-stray": ("is decided, and the answer comes on the next connection", "已处理，应答出现在下一个连接上"),
    "answer-doubled": ("is decided, and the answer comes twice", "已处理，应答到达两次"),
    "answer-split": ("is decided, and the answer comes in pieces", "已处理，应答分段到达"),
    "answer-glued": ("is decided, and the answer comes behind an old one", "已处理，应答接在旧应答之后"),
    "answer-damaged": ("is decided, and the answer comes with a bit flipped", "已处理，应答有一位翻转"),
    "answer-cut": ("is decided, and of the answer only the beginning comes", "已处理，应答只到达开头"),
}
_HOST = {
    "code": ("is answered with F39 {text}", "得到应答码 {text}"),
    "part": ("is approved for {value} minor units at most", "最多批准 {value}（最小货币单位）"),
    "silent": ("is decided, and the host says nothing", "已处理，主机不应答"),
    "dead": ("finds the host dead", "时主机已停"),
    "restart": ("is decided, and the host starts anew without an answer", "已处理，主机未应答就重启"),
    "day-cut": ("comes after the host has closed its day", "到达前主机已日切"),
    "keys-gone": ("comes after the host has lost the working keys", "到达前主机丢失了工作密钥"),
    "twin": (
        "comes after another terminal of the same number has sold with its trace number",
        "到达前另一台相同终端号的终端已用过该凭证号",
    ),
    "next-batch": ("comes after the host has begun batch {value}", "到达前主机换到批次 {value}"),
    "slow": ("is answered after {value} ms", "{value} 毫秒后才得到应答"),
    "forged": ("is answered with a wrong MAC", "的应答 MAC 错误"),
    "lies": ("is answered with F39 {text}, which is a lie", "得到虚假的应答码 {text}"),
    "other-field": ("is answered with a field of another request", "的应答有一个别笔交易的域"),
    "other-word": ("is told of the state of another payment, over another amount", "得知的是另一笔金额不同的交易的状态"),
    "word": ("is told of another state than the books have", "得知的状态与账本不符"),
}
_OPEN = {
    "refused": ("is refused", "被拒绝"),
    "no-name": ("does not find the host's name", "找不到主机名"),
    "silent": ("is never answered", "无人应答"),
}
_FLASH = {
    "rot": ("bits rot", "有位衰变"),
    "lost": ("the operation is taken and not done", "被接受却没有执行"),
    "astray": ("the operation lands in another block", "落到别的块"),
    "fails": ("the block is worn and refuses", "块已磨损，拒绝写入"),
    "deaf": ("the block is worn and keeps its old bits", "块已磨损，旧位保留"),
    "denies": ("the block is worn: it takes what is written and says that it has not", "块已磨损，已写入却报告失败"),
    "unreadable": ("the block cannot be read", "块无法读取"),
    "disturbed": ("what is read disturbs its neighbours", "读取干扰了相邻的位"),
}


_OF_THE_ACT = {
    "clock": ("the clock leaps by {value} s", "时钟跳变 {value} 秒"),
    "time": ("the power fails after {value} ms", "{value} 毫秒后断电"),
    "link": ("the Wi-Fi goes after {value} ms, for half a minute at most", "{value} 毫秒后无线网中断，至多半分钟"),
    "display": ("the display goes after {value} ms, for twenty seconds at most", "{value} 毫秒后屏幕失灵，至多二十秒"),
    "reader": ("the card reader says nothing", "读卡器没有响应"),
    "heap": ("no memory is left at the {count} line that is run", "运行到第 {at} 行时内存耗尽"),
    "memory": ("no memory is left behind the {count} operation on the flash", "第 {at} 次闪存操作之后内存耗尽"),
    "power": ("the power fails at the {count} step at which it may", "在第 {at} 个可能断电的步骤断电"),
}
_KEYS = {
    "stuck": ("a key is stuck", "有按键卡住"),
    "bounces": ("every key that is pressed comes twice", "每次按键都重复一次"),
}
_OCCASIONS = {
    "key": ("", "", _KEYS),
    "request": ("the {count} request ", "第 {at} 个请求", _REQUEST),
    "host": ("the {count} request that arrives ", "到达的第 {at} 个请求", _HOST),
    "open": ("the {count} connection ", "第 {at} 个连接", _OPEN),
    "flash": ("at the {count} operation on the flash ", "第 {at} 次闪存操作：", _FLASH),
}


def texts(fault: Fault) -> "dict[str, str]":
    """A sentence for a person, in both languages."""
    if fault.where in _OCCASIONS:
        first, second, behind = _OCCASIONS[fault.where]
        pair = (first + behind[fault.how][0], second + behind[fault.how][1])
    else:
        pair = _OF_THE_ACT[fault.where]
    values = {"count": ordinal(fault.at), "at": fault.at, "value": fault.value, "text": fault.text}
    return {language: text.format(**values) for language, text in zip(("en", "zh"), pair)}


def words(fault: Fault) -> str:
    """The English one."""
    return texts(fault)["en"]


def ordinal(number: int) -> str:
    """1st, 2nd, 11th."""
    return f"{number}{'th' if number % 100 in (11, 12, 13) else _ENDS.get(number % 10, 'th')}"
