"""Market paths scored by the stylised facts of returns; see `synthdiff.evaluation.stylized.evaluate.score_paths`."""
