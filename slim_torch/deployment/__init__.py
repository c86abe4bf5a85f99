"""`deployment.model_deploy`, as in the slim folder of tensorflow/models."""

from slim_torch.deployment import model_deploy

__all__ = ["model_deploy"]
