"""What one may ask of a feed."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from realtime.shapes import Layer
from realtime.words import Shape

ALL: tuple[Layer, ...] = tuple(Layer)


def _layers(text: str) -> str:
    for layer in text.split(","):
        Layer(layer)
    return text


class Wording(Shape):
    """In which language a feed says what is not its authors' words; one address says it in one language."""

    locale: Literal["fr", "en"] = "fr"


class Choice(Wording):
    """Which layers a feed tells of, by comma; and its language."""

    layers: Annotated[str, Field(max_length=40), AfterValidator(_layers)] = ",".join(ALL)

    @property
    def chosen(self) -> tuple[Layer, ...]:
        """The layers, each once, in their order."""
        named = self.layers.split(",")
        return tuple(layer for layer in ALL if layer in named)
