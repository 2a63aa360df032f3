"""Run ``transformers serve`` for a test: ``python serve_tiny.py FOLDER PORT``.

The library's processor for videos needs torchvision; pictures do not.  Where it is
missing the server is given the processor without the part for videos.
"""

import sys

import transformers
from transformers.cli.serve import Serve
from transformers.cli.serving import model_manager

PLAIN = model_manager.ModelManager._load_processor


class PictureProcessor(transformers.Qwen2_5_VLProcessor):
    """The processor of Qwen2.5-VL for pictures alone."""

    @classmethod
    def get_attributes(cls):
        return [name for name in super().get_attributes() if "video" not in name]


def load_processor(self, name, *rest, **more):
    try:
        return PLAIN(self, name, *rest, **more)
    except ImportError:
        folder = name.split("@")[0]
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        return PictureProcessor(
            transformers.AutoImageProcessor.from_pretrained(folder),
            tokenizer,
            chat_template=tokenizer.chat_template,
        )


model_manager.ModelManager._load_processor = load_processor
Serve(force_model=sys.argv[1], port=int(sys.argv[2]), host="127.0.0.1", device="cpu")
