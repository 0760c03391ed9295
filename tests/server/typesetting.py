"""How French is typeset, as the demo town's titles and reasons are."""

import re

# A space that may break before a mark or after «, and an apostrophe as it is typed.
UNTIDY_PUNCTUATION = re.compile(r" [?!;:»]|« |'")
