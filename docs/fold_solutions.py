"""Fold the solutions of the tutorials, so that readers try the exercises first."""

from docutils import nodes
from sphinx.transforms import SphinxTransform

OPENING = '<details class="solution"><summary>Solution</summary>'
CLOSING = "</details>"


class FoldSolutions(SphinxTransform):
    """Put what solves an exercise of a tutorial into a ``details`` element.

    The gallery marks the beginning of each cell with a comment.  A solution is a
    paragraph that begins with "Solution:", what follows it in its cell of text, and the
    cell of code after that.
    """

    default_priority = 300  # before comments are dropped

    def apply(self, **kwargs):
        if not self.env.docname.startswith("auto_tutorials/"):
            return
        for paragraph in list(self.document.findall(nodes.paragraph)):
            if paragraph.astext().startswith("Solution:"):
                self.fold(paragraph)

    @staticmethod
    def fold(paragraph):
        """Fold one solution."""
        section = paragraph.parent
        first = section.index(paragraph)
        last, cells = first, 0
        for node in section[first:]:
            cells += isinstance(node, nodes.comment)
            # The second comment begins the next cell; the last cell ends at the footer.
            if cells == 2 or isinstance(node, nodes.section | nodes.target):
                break
            if "sphx-glr-timing" in node.get("classes", ()):
                break
            last += 1
        section.insert(last, nodes.raw("", CLOSING, format="html"))
        section.insert(first, nodes.raw("", OPENING, format="html"))
        # The summary says the word, so that the paragraph need not.
        text = paragraph[0].astext().removeprefix("Solution:").lstrip()
        paragraph[0] = nodes.Text(text[:1].upper() + text[1:])
        if not paragraph.astext():
            section.remove(paragraph)


def setup(app):
    app.add_transform(FoldSolutions)
    return {"parallel_read_safe": True}
