"""Names of hosts in a text, which mail programs, chats and phones make links of.

They know one by its end. Ends that files and names in code have too, as in `main.py`,
`server.cc:12` or `user.id`, count only with more of an address around them.
"""

import re

_OF_COUNTRIES = """
ad ae af ag ai al ao ar at au aw ax az ba bb bd be bf bg bh bi bj bn bo br bs bt bw by bz ca cd cf
cg ch ci ck cl cn co cr cu cv cw cx cy cz de dj dk dm dz ec ee eg er es et eu fi fj fk fm fo fr ga
gd ge gg gh gi gm gn gp gq gr gt gu gw gy hk hn hr ht hu ie il im io iq ir it je jm jo jp ke kg kh
ki kn kp kr kw ky kz lb lc li lk lr ls lt lu lv ly ma mc me mg mh mm mn mp mq mr mt mu mv mw mx my
mz na nc ne nf ng ni nl np nr nu nz om pa pe pf pg ph pk pn pr pt pw qa re ro ru rw sa sb sc sd se
sg si sk sl sm sn sr ss su sv sx sy sz tc td tg th tj tk tl tm tn tr tt tv tw tz ua ug uk us uy uz
va vc ve vg vn vu wf ws ye yt za zm zw
"""
_OF_MANY = """
app biz blog cloud club com dev digital edu fun gov icu info mil mobi net online org sbs shop site
tech top vip website wtf xyz
"""
_ENDS = frozenset(f"{_OF_COUNTRIES} {_OF_MANY}".split())
# Nobody gets mail there: `getty@tty1.service`.
_UNITS = ("device", "mount", "scope", "service", "slice", "socket", "swap", "target", "timer")

# Each run once, from its first character on, so that it takes linear time on any text.
_DOTTED = re.compile(r"(?<![\w-])[\w-]+(?:[.\u3002\uff0e\uff61][\w-]+)+")
_DOT = re.compile(r"[.\u3002\uff0e\uff61]")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_PATH = re.compile(r"(?::\d{1,5})?/")
_PATH_OF_WORDS = re.compile(r"(?::\d{1,5})?/[A-Za-z]")
# Before what is the middle of a path.
_GOES_ON = ("/", "\\", ".", "~")


def without_hosts(text: str) -> str:
    """With `[.]` in what would be linked."""
    return _DOTTED.sub(_broken, text)


def _broken(match: re.Match[str]) -> str:
    """Of an IP address one dot is enough; a part of a name may be a name itself."""
    name = match[0]
    if _ADDRESS.fullmatch(name):
        linked = _has_scheme(match) or _PATH_OF_WORDS.match(match.string, match.end())
        return "[.]".join(name.rsplit(".", 1)) if linked else name
    return _DOT.sub("[.]", name) if _is_linked(match) else name


def _is_linked(match: re.Match[str]) -> bool:
    end = _DOT.split(match[0])[-1].strip("_-").lower()
    if end in _ENDS or end.startswith("xn--") or not end.isascii():
        return True
    if not end.isalpha() or len(end) < 2:
        return False
    if _is_of_mail(match):
        return end not in _UNITS
    text, start = match.string, match.start()
    has_path = _PATH.match(text, match.end()) and not text.endswith(_GOES_ON, 0, start)
    return bool(has_path) or _has_scheme(match)


def _has_scheme(match: re.Match[str]) -> bool:
    """Or the slashes of one, which are enough for some."""
    return match.string.endswith("//", 0, match.start())


def _is_of_mail(match: re.Match[str]) -> bool:
    name_ends = match.start() - 2
    text = match.string
    return name_ends >= 0 and text[name_ends + 1] == "@" and not text[name_ends].isspace()
