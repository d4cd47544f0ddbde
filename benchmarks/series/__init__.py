"""Windows of series under the protocol of Diffusion-TS: scores that generators of time series are published with.

References
----------
Yuan, Qiao: Diffusion-TS: interpretable diffusion for general time series generation. ICLR 2024, section 4.
Yoon, Jarrett, van der Schaar: Time-series generative adversarial networks. NeurIPS 2019, section 5.
"""
