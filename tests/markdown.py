"""Markdown tables as test input: the tests read like the manual."""


def table(text: str) -> list[dict[str, str]]:
    """Rows of a Markdown table; cells are stripped, a `\\|` is a bar."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    rows = [line.replace("\\|", "\0").strip("|").split("|") for line in lines]
    rows = [[cell.strip().replace("\0", "|") for cell in row] for row in rows]
    head, body = rows[0], rows[2:]
    return [dict(zip(head, row, strict=True)) for row in body]
