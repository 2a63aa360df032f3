"""Run ``transformers serve`` for a test: ``python serve_tiny.py FOLDER PORT``.

The library's processor for videos needs torchvision; pictures do not.  Where it is
missing the server is given the processor without the part for videos.
"""

import sys


def _load_processor(plain):
    import transformers

    class PictureProcessor(transformers.Qwen2_5_VLProcessor):
        @classmethod
        def get_attributes(cls):
            return [name for name in super().get_attributes() if "video" not in name]

    def load(self, name, *rest, **more):
        try:
            return plain(self, name, *rest, **more)
        except ImportError:
            folder = name.split("@")[0]
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
            return PictureProcessor(
                transformers.AutoImageProcessor.from_pretrained(folder),
                tokenizer,
                chat_template=tokenizer.chat_template,
            )

    return load


if __name__ == "__main__":
    from transformers.cli.serve import Serve
    from transformers.cli.serving.model_manager import ModelManager

    ModelManager._load_processor = _load_processor(ModelManager._load_processor)
    folder, port = sys.argv[1:]
    Serve(force_model=folder, port=int(port), host="127.0.0.1", device="cpu")
