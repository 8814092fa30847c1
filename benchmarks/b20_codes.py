"""B20: codes in edited messages. Counts texts that would credit a wrong entry point, and the time for a message.

    python -m benchmarks.b20_codes [--texts 1000000] [--codes 2000]

The texts are prefilled messages with up to one, two and six edits, half of them in the code: wrong, missing, added or
exchanged characters, other case, and a code in two parts. The codes differ from each other in three edits, as those of
a workspace do.
"""

import argparse
import random
import time

from wabolt.optin.rules.codes import codes_in, nearby_codes_in
from wabolt.optin.tests.edited_texts import edited, far_apart, wrong_credits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--codes", type=int, default=2000)
    options = parser.parse_args()
    draw = random.Random(2026)
    known = far_apart(draw, options.codes)
    for most in (1, 2, 6):
        begun = time.perf_counter()
        wrong = list(wrong_credits(draw, known, options.texts, most))
        seconds = time.perf_counter() - begun
        print(f"up to {most} edits: {len(wrong)} of {options.texts} texts credit a wrong one, {seconds:.0f} s")
        for case in wrong[:5]:
            print("  ", *case)
    texts = [edited(draw, draw.choice(known), 2) for _text in range(2000)]
    for work in (codes_in, nearby_codes_in):
        begun = time.perf_counter()
        for text in texts:
            work(text)
        print(f"{work.__name__}: {1e6 * (time.perf_counter() - begun) / len(texts):.0f} µs per message")


if __name__ == "__main__":
    main()
