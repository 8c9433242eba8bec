"""The literature's first autoregressive models, each in a file: p(x) is the product of p(x[t] | x[:t]).

counts.py needs no weights; fvsbn.py, nade.py and made.py are for binary images, gru.py is for bytes and wavenet.py for
sound of 8 bits. Each is one definition on exact operations (`nets.layers`), which codes and is trained.
"""
