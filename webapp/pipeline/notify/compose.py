"""The text of what is told: plain text, the verdict first, every quote as it stands in the log."""

from webapp.pipeline.values import Finding, Message, News

from .defuse import defused

MAX_SUBJECT = 150
MAX_SMS = 320
MAX_FINDINGS = 8
MAX_QUOTE = 500


def compose(news: News) -> Message:
    headline = f"{_one_line(news.monitor)} on {_one_line(news.target)}"
    if news.notice:
        return _notice(headline, _one_line(news.notice), _one_line(news.run_url))
    sentence = _sentence(news)
    word = news.status.upper()
    return Message(
        subject=_cut(f"[{word}] {headline}: {sentence}", MAX_SUBJECT),
        text=_text(news, f"{word}: {headline}", sentence),
        short=_short(f"{word} {headline}: {sentence}", _one_line(news.run_url)),
    )


def _notice(headline: str, sentence: str, run_url: str) -> Message:
    """Of a budget; the link is to the Run that met it."""
    return Message(
        subject=_cut(f"[BUDGET] {headline}: {sentence}", MAX_SUBJECT),
        text=f"BUDGET: {headline}\n{sentence}\n\nThe Run that met it:\n{run_url}\n",
        short=_short(f"BUDGET {headline}: {sentence}", run_url),
    )


def _sentence(news: News) -> str:
    if news.status == "error":
        return f"Nothing was judged. {_told(news.error_message or 'No reason is known.')}"
    mark = "(No line cited.) " if news.no_line_cited else ""
    return mark + _told(news.summary)


def _text(news: News, headline: str, sentence: str) -> str:
    blocks = [f"{headline}\n{sentence}"]
    if news.status == "error" and news.findings:
        blocks.append("The built-in reading counted this all the same. It is no verdict.")
    blocks += [_finding(finding) for finding in news.findings[:MAX_FINDINGS]]
    more = len(news.findings) - MAX_FINDINGS
    if more > 0:
        blocks.append(f"… {more} more findings on the page of the Run …")
    finished = f"{news.finished_at:%Y-%m-%d %H:%M} UTC"
    blocks.append(f"Finished {finished}. All of it:\n{_one_line(news.run_url)}")
    return "\n\n".join(blocks) + "\n"


def _finding(finding: Finding) -> str:
    explanation = f"{finding.severity.upper()}: {_told(finding.explanation)}"
    if said := finding.noise or finding.raised:
        explanation += f"\n  {_told(said)}"
    if finding.seen:
        explanation += f"\n  {finding.seen['says']}"
    if finding.quote is None:
        return explanation + ("" if finding.verified else "\n  (no line of the log was cited)")
    place = f"line {finding.line}"
    if finding.label:
        place = f"{_one_line(finding.label)}, {place}"
    return f"{explanation}\n  {place}:\n  > {_cut(defused(_clean(finding.quote)), MAX_QUOTE)}"


def _short(words: str, link: str) -> str:
    """What fits an SMS; the link at its end is never cut."""
    room = MAX_SMS - len(link) - 1
    return f"{_cut(words, room)} {link}" if room > 0 else link


def _told(text: str) -> str:
    """What a log or a model may have had a word in."""
    return defused(_one_line(text))


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split())


def _clean(text: str) -> str:
    """Without control and other unprintable characters, lone surrogates included."""
    return "".join(c if c.isprintable() else " " for c in text)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
