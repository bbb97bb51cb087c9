"""Speaks each case of stdin's JSON with the real gTTS, in order, and tells on stdout what it did and what it lists.

One thing is not gTTS's own: the scheme of its address, so that the fake Google needs no certificate. The names of
Google's hosts lead to the fake by the container's hosts file.
"""

import json
import sys

import gtts
import gtts.accents
import gtts.lang
import gtts.tts

secure_url = gtts.tts._translate_url
gtts.tts._translate_url = lambda **parts: secure_url(**parts).replace("https://", "http://", 1)


def count_requests(case):
    """How many requests were sent: none where gTTS finds nothing to say."""
    try:
        speech = gtts.gTTS(case["text"], lang=case["language"], tld=case["tld"], slow=case["slow"])
        return sum(1 for _ in speech.stream())
    except AssertionError:
        return 0


counts = [count_requests(case) for case in json.load(sys.stdin)]
json.dump(
    {
        "version": gtts.__version__,
        "counts": counts,
        "languages": gtts.lang.tts_langs(),
        "accents": gtts.accents.accents,
    },
    sys.stdout,
)
