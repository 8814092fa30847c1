"""Words of Indonesian chats that change nothing about what a message says, and its words in one spelling.

Stop words, chat forms, answers to offers and rules of automatic replies read chats with these definitions. Pure.
"""

import re
from collections.abc import Container

from wabolt.lib.text import collapse_reduplication

_STRETCHED = re.compile(r"([^\W_])\1{2,}")
_STRETCHED_END = re.compile(r"([^\W\d_])\1+\Z")


def word_set(text: str) -> frozenset[str]:
    """The words of a text that is written as a list."""
    return frozenset(text.split())


ADDRESSING = word_set("""
aja ajah atuh bah bang bg bos bosku boss bro bu bun bund bunda cak ci cik cuy dear deh dek dong donk gaes gan hai halo
hello hi ibu jeng ka kak kakak kang kk ko koh kok lae lah mas mb mba mbak mbk mimin min neng nih om pak permisi please
plis pls punten say sih sis sist sob tante teh tlg tolong tuh tulung y ya yaa yah
""")
"""Forms of address, particles and words of politeness. They surround any message."""
PARTICLES = ADDRESSING | word_set("""
ah eh euy hallo hehe hei hey ih kah kaka lho lo loh miss nah nya oom sayang toh uy wah weh wkwk wkwkwk yth yuk
""")
"""Words that surround a question without changing what it asks."""
COURTESY = ADDRESSING | word_set("""
admin admint aku all and any assalamualaikum baik banget banyak bapak beb bgt dan dari de dengan dgn dulu enggih from
gue guys gw i iya kasih lagi maaf maap makasi makasih malam mawon me mksh mohon more nggih njih now nuhun ok okay oke
pagi plz qaqa saja saya segera sekali sekarang selamat semua siang sore sori sorry sry suwun terima terimakasih thank
thanks the this thx tks to tq trimakasih trims ty untuk yak yang you your
""")
"""Words that may surround a stop word, an objection or a cancellation without changing what it means."""


def spoken_words(text: str, known: Container[str]) -> list[str]:
    """The words of a text in the form of `normalise_keyword`, each reduplicated or stretched word once.

    "kirimmm" and "lagii" are "kirim" and "lagi"; a word in `known` keeps its double letter at the end.
    """
    # Stretched letters go first: "promo2222" is a typo of "promo2", but "085522222222" is a number.
    once = " ".join(word if word.isdigit() else _STRETCHED.sub(r"\1", word) for word in text.split())
    return [word if word in known else _STRETCHED_END.sub(r"\1", word) for word in collapse_reduplication(once).split()]
