"""Greedy generation with pictures: whole prompts, or questions after a shared prefix.

A prompt is a *prefix* (system message and pictures, the same for all questions on a
clip) and a *suffix* (the question and the start of the answer).  Whole prompts are
padded on the left and read in one pass.  With a shared prefix, pictures are encoded and
the prefix is read once for each clip; its keys and values are then repeated for the
clip's questions, whose suffixes are read after it.  Both ways see the same tokens at
the same positions and choose the same ones next.
"""

import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np

from mefeat.vqa._torch import import_extra

__all__ = ["Engine", "Scene"]

IMAGE, VIDEO = 1, 2


@dataclass(eq=False)
class Scene:
    """The prefix of a clip's prompts, ready for the model."""

    ids: list
    types: list
    patches: list  # of (kind, array, grid), in the order of the pictures
    positions: Any  # (3, n) tensor
    shape: tuple  # scenes of equal shape can be read together

    def __len__(self):
        return len(self.ids)


class State:
    """Where a batch of rows stands: keys and values, mask, what comes next."""

    def __init__(self, cache, mask, logits, position):
        self.cache = cache
        self.mask = mask  # (rows, n) bool: which keys are tokens
        self.logits = logits  # (rows, n_vocabulary)
        self.position = position  # (rows,) position of the next token

    def select(self, rows):
        self.cache.batch_select_indices(rows)
        self.mask, self.position = self.mask[rows], self.position[rows]
        self.logits = self.logits[rows]


class Engine:
    """Generation by one loaded model.

    Parameters
    ----------
    loaded : Loaded
    video_fps : float
        Frames in a second that videos are said to have.
    """

    def __init__(self, loaded, video_fps=2.0):
        self.torch = import_extra("torch")
        self.loaded = loaded
        self.video_fps = video_fps
        self.core = loaded.core
        self.text_model = self.core.model.language_model
        self.embed = self.core.get_input_embeddings()
        self.device = loaded.device
        self._pads = {
            "image": loaded.tokenizer.convert_tokens_to_ids("<|image_pad|>"),
            "video": loaded.tokenizer.convert_tokens_to_ids("<|video_pad|>"),
        }

    # -- tokens ----------------------------------------------------------------

    def encode(self, text):
        """Give the tokens of a text."""
        return self.loaded.tokenizer.encode(text, add_special_tokens=False)

    def scene(self, prompt):
        """Make the prefix of a prompt."""
        tokenizer = self.loaded.tokenizer
        start = tokenizer.convert_tokens_to_ids("<|vision_start|>")
        end = tokenizer.convert_tokens_to_ids("<|vision_end|>")
        system = _plain(prompt.system)
        ids = self.encode(f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n")
        types = [0] * len(ids)
        patches = []
        for picture in prompt.pictures:
            values, grid = self.loaded.cutter.cut(picture)
            n = self.loaded.cutter.n_tokens(grid)
            ids += [start] + [self._pads[picture.kind]] * n + [end]
            kind = IMAGE if picture.kind == "image" else VIDEO
            types += [0] + [kind] * n + [0]
            patches.append((picture.kind, values, grid))
        grids = tuple((kind, grid) for kind, _, grid in patches)
        positions = self._positions(ids, types, grids)
        return Scene(ids, types, patches, positions, (len(ids), grids))

    def suffix(self, prompt):
        """Give the tokens of a question up to where its answer begins."""
        return self.encode(f"{_plain(prompt.text)}<|im_end|>\n<|im_start|>assistant\n")

    def _positions(self, ids, types, grids):
        torch = self.torch
        options = {}
        for kind in ("image", "video"):
            found = [grid for k, grid in grids if k == kind]
            options[f"{kind}_grid_thw"] = torch.tensor(found) if found else None
        n_videos = sum(kind == "video" for kind, _ in grids)
        rope_index = self.core.model.get_rope_index
        if (
            n_videos
            and "second_per_grid_ts" in inspect.signature(rope_index).parameters
        ):
            seconds = self.loaded.cutter.temporal / self.video_fps
            options["second_per_grid_ts"] = torch.full((n_videos,), seconds)
        positions, _ = rope_index(
            torch.tensor([ids]),
            mm_token_type_ids=torch.tensor([types], dtype=torch.int32),
            **options,
        )
        return positions[:, 0].to(self.device)

    # -- reading ---------------------------------------------------------------

    def see(self, scenes):
        """Encode all pictures of scenes: for each the features of its pad tokens."""
        torch = self.torch
        found = [[None] * len(scene.patches) for scene in scenes]
        for kind in ("image", "video"):
            places = [
                (s, p)
                for s, scene in enumerate(scenes)
                for p, part in enumerate(scene.patches)
                if part[0] == kind
            ]
            if not places:
                continue
            parts = [scenes[s].patches[p] for s, p in places]
            values = np.concatenate([values for _, values, _ in parts])
            values = torch.from_numpy(values).to(self.device)
            grid = torch.tensor([grid for _, _, grid in parts], device=self.device)
            encode = getattr(self.core.model, f"get_{kind}_features")
            out = encode(values, grid)
            for (s, p), part in zip(
                places, getattr(out, "pooler_output", out), strict=True
            ):
                found[s][p] = part
        return [torch.cat(parts) for parts in found]

    def embed_scenes(self, scenes):
        """Give the embedded prefixes of scenes of one shape, (n, length, hidden)."""
        torch = self.torch
        ids = torch.tensor([scene.ids for scene in scenes], device=self.device)
        types = torch.tensor([scene.types for scene in scenes], device=self.device)
        embeds = self.embed(ids)
        features = torch.cat(self.see(scenes)).to(embeds.dtype)
        mask = (types > 0)[..., None].expand_as(embeds)
        return embeds.masked_scatter(mask, features)

    def _read(self, embeds, positions, mask, cache, last):
        """One pass of the language model; gives its logits at the last token."""
        out = self.text_model(
            inputs_embeds=embeds,
            position_ids=positions,
            attention_mask=mask,
            past_key_values=cache,
            use_cache=True,
        )
        hidden = out.last_hidden_state
        return self.core.lm_head(hidden[:, -1]) if last else hidden

    def _mask(self, keys, n_queries):
        """Causal mask for the last `n_queries` of the keys; None where all is seen."""
        torch = self.torch
        n_keys = keys.shape[1]
        if n_queries == 1 and bool(keys.all()):
            full = None
        else:
            allowed = torch.ones(
                n_queries, n_keys, dtype=torch.bool, device=self.device
            ).tril(n_keys - n_queries)
            allowed = allowed[None] & keys[:, None, :]
            full = torch.zeros(
                allowed.shape, dtype=self.embed.weight.dtype, device=self.device
            )
            full = full.masked_fill(~allowed, torch.finfo(full.dtype).min)[:, None]
        return {"full_attention": full, "sliding_attention": full}

    def new_cache(self):
        return import_extra("transformers").DynamicCache()

    def read_prefixes(self, scenes):
        """Read prefixes of one shape; gives their cache."""
        cache = self.new_cache()
        positions = self.torch.stack([scene.positions for scene in scenes], dim=1)
        self._read(self.embed_scenes(scenes), positions, None, cache, last=False)
        return cache

    def read_suffixes(self, cache, scenes, rows, suffixes):
        """Read one suffix for each of `rows` (places in `scenes`) after its prefix."""
        torch = self.torch
        n_prefix = len(scenes[0])
        cache = _selected(self.new_cache(), cache, torch.tensor(rows))
        ids, keys = self._left_padded(suffixes)
        starts = torch.stack([scenes[row].positions[0, -1] + 1 for row in rows])
        positions = starts[:, None] + (keys.cumsum(1) - 1).clamp(min=0)
        prefix = torch.ones(len(rows), n_prefix, dtype=torch.bool, device=self.device)
        mask = torch.cat([prefix, keys], dim=1)
        logits = self._read(
            self.embed(ids),
            positions.expand(3, *positions.shape),
            self._mask(mask, ids.shape[1]),
            cache,
            last=True,
        )
        return State(cache, mask, logits, positions[:, -1] + 1)

    def read_whole(self, scenes, suffixes):
        """Read whole prompts, a scene and a suffix for each row, in one pass."""
        torch = self.torch
        embeds, positions = [], []
        for scene, seen, ids in zip(scenes, self.see(scenes), suffixes, strict=True):
            row = torch.tensor(scene.ids + ids, device=self.device)
            types = torch.tensor(scene.types + [0] * len(ids), device=self.device)
            embed = self.embed(row)
            mask = (types > 0)[:, None].expand_as(embed)
            embeds.append(embed.masked_scatter(mask, seen.to(embed.dtype)))
            start = scene.positions[0, -1] + 1
            rest = torch.arange(len(ids), device=self.device) + start
            positions.append(torch.cat([scene.positions, rest.expand(3, -1)], dim=1))
        longest = max(map(len, embeds))
        keys = torch.zeros(len(embeds), longest, dtype=torch.bool, device=self.device)
        whole = embeds[0].new_zeros(len(embeds), longest, embeds[0].shape[1])
        where = positions[0].new_zeros(3, len(embeds), longest)
        for index, (embed, position) in enumerate(zip(embeds, positions, strict=True)):
            keys[index, longest - len(embed) :] = True
            whole[index, longest - len(embed) :] = embed
            where[:, index, longest - len(embed) :] = position
        cache = self.new_cache()
        logits = self._read(whole, where, self._mask(keys, longest), cache, last=True)
        return State(cache, keys, logits, where[0, :, -1] + 1)

    def _left_padded(self, rows):
        torch = self.torch
        longest = max(map(len, rows))
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        keys = torch.zeros(len(rows), longest, dtype=torch.bool)
        for index, row in enumerate(rows):
            ids[index, longest - len(row) :] = torch.tensor(row)
            keys[index, longest - len(row) :] = True
        return ids.to(self.device), keys.to(self.device)

    # -- answering -------------------------------------------------------------

    def continue_greedily(self, state, max_new_tokens):
        """Give the tokens of each row's answer, without the one that ends it."""
        torch = self.torch
        stop = torch.tensor(self.loaded.stop_ids, device=self.device)
        n_rows = len(state.position)
        alive = torch.arange(n_rows, device=self.device)
        ended = torch.zeros(n_rows, dtype=torch.bool, device=self.device)
        n_before = state.mask.shape[1]
        room = state.mask.new_ones(n_rows, max_new_tokens)
        state.mask = torch.cat([state.mask, room], dim=1)
        padded = not bool(state.mask.all())
        columns = []
        for step in range(max_new_tokens):
            tokens = state.logits.argmax(-1)
            column = torch.full((n_rows,), -1, dtype=torch.long, device=self.device)
            ended = ended | torch.isin(tokens, stop)
            column[alive] = torch.where(ended, -1, tokens)
            columns.append(column)
            n_ended = int(ended.sum())
            if n_ended == len(ended) or step == max_new_tokens - 1:
                break
            if n_ended * 4 >= len(ended):
                keep = (~ended).nonzero()[:, 0]
                state.select(keep)
                alive, ended, tokens = alive[keep], ended[keep], tokens[keep]
                padded = not bool(state.mask.all())
            n_keys = n_before + step + 1
            keys = state.mask[:, :n_keys]
            mask = self._mask(keys, 1) if padded else _SEES_ALL
            position = state.position[None, :, None].expand(3, -1, 1)
            state.logits = self._read(
                self.embed(tokens[:, None]), position, mask, state.cache, last=True
            )
            state.position = state.position + 1
        rows = torch.stack(columns, dim=1).tolist()
        return [[token for token in row if token >= 0] for row in rows]

    def score_choices(self, state, row, choices):
        """Give the log-probability of each choice (tokens) as the answer of a row."""
        torch = self.torch
        rows = torch.full((len(choices),), row, device=self.device)
        cache = _selected(self.new_cache(), state.cache, rows)
        longest = max(map(len, choices))
        ids = torch.zeros(len(choices), longest, dtype=torch.long)
        real = torch.zeros(len(choices), longest, dtype=torch.bool)
        for index, choice in enumerate(choices):
            ids[index, : len(choice)] = torch.tensor(choice)
            real[index, : len(choice)] = True
        ids, real = ids.to(self.device), real.to(self.device)
        logits = state.logits[rows][:, None]
        if longest > 1:
            keys = torch.cat([state.mask[rows], real[:, :-1]], dim=1)
            steps = torch.arange(longest - 1, device=self.device)
            positions = state.position[rows][:, None] + steps
            hidden = self._read(
                self.embed(ids[:, :-1]),
                positions.expand(3, *positions.shape),
                self._mask(keys, longest - 1),
                cache,
                last=False,
            )
            logits = torch.cat([logits, self.core.lm_head(hidden)], dim=1)
        scores = logits.float().log_softmax(-1).gather(2, ids[..., None])[..., 0]
        return (scores * real).sum(1)


_SEES_ALL = {"full_attention": None, "sliding_attention": None}


def _selected(new, cache, rows):
    """Fill a new cache with rows of another one, which stays as it is."""
    for index, layer in enumerate(cache.layers):
        rows = rows.to(layer.keys.device)
        new.update(layer.keys[rows], layer.values[rows], index)
    return new


def _plain(text):
    """Take the power of ending a turn from what only looks like a special token."""
    return text.replace("<|", "< |")
