"""Programs on deployment.model_deploy, run by TensorFlow and by slim_torch.

Each is given `tf`, `slim` and `deploy` (the module), and returns what is to be compared.
"""

import zlib

import numpy as np

STEPS = 5
INPUTS = np.random.RandomState(3).randn(12, 4).astype(np.float32)
LABELS = (INPUTS.sum(1, keepdims=True) > 0).astype(np.float32)

PROGRAMS = {}


def program(function):
    PROGRAMS[function.__name__] = function
    return function


def model(tf, slim, normalized=True, regularized=True):
    regularizer = slim.l2_regularizer(0.1) if regularized else None

    def classifier(inputs, labels, scope=None):
        with tf.variable_scope(scope, "Classifier", [inputs, labels]):
            if normalized:
                inputs = slim.batch_norm(inputs, decay=0.5, fused=True)
            predictions = slim.fully_connected(
                inputs, 1, activation_fn=tf.sigmoid, weights_regularizer=regularizer
            )
            slim.losses.log_loss(predictions, labels)
            return predictions

    return classifier


def constants(tf):
    return tf.constant(INPUTS), tf.constant(LABELS)


def run(tf, fetches, steps=STEPS):
    """The values of `fetches` in each of so many runs, with weights that depend on the variable's name."""
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as session:
        session.run(tf.global_variables_initializer())
        for variable in tf.trainable_variables():
            state = np.random.RandomState(zlib.crc32(variable.op.name.encode()))
            variable.load(state.randn(*variable.shape.as_list()).astype(np.float32), session)
        history = [[np.asarray(value).tolist() for value in session.run(fetches)] for _ in range(steps)]
        variables = {v.op.name: session.run(v).tolist() for v in tf.global_variables()}
    return {"history": history, "variables": variables}


def described(tf, result):
    return {
        "clones": [[clone.outputs.op.name, clone.scope, clone.device] for clone in result.clones],
        "train_op": None if result.train_op is None else result.train_op.op.name,
        "summary_op": result.summary_op.op.name,
        "total_loss": result.total_loss.op.name,
        "variables": [variable.op.name for variable in tf.global_variables()],
        "updates": [update.op.name for update in tf.get_collection(tf.GraphKeys.UPDATE_OPS)],
        "losses": [loss.op.name for loss in tf.get_collection(tf.GraphKeys.LOSSES)],
        "summaries": sorted(summary.op.name for summary in tf.get_collection(tf.GraphKeys.SUMMARIES)),
    }


def deployed(tf, slim, deploy, clones, optimizer=True, **arguments):
    made = deploy.deploy(
        deploy.DeploymentConfig(num_clones=clones),
        model(tf, slim),
        constants(tf),
        optimizer=tf.train.MomentumOptimizer(0.1, 0.9) if optimizer else None,
        **arguments,
    )
    facts = described(tf, made)
    facts["run"] = run(tf, [made.train_op if optimizer else made.total_loss])
    return facts


@program
def one_clone(tf, slim, deploy):
    return deployed(tf, slim, deploy, 1)


@program
def three_clones(tf, slim, deploy):
    return deployed(tf, slim, deploy, 3)


@program
def two_clones_with_summaries_of_gradients(tf, slim, deploy):
    return deployed(tf, slim, deploy, 2, summarize_gradients=True)


@program
def two_clones_without_optimizer(tf, slim, deploy):
    return deployed(tf, slim, deploy, 2, optimizer=False)


@program
def a_script_that_optimizes_clones_itself(tf, slim, deploy):
    config = deploy.DeploymentConfig(num_clones=2, clone_on_cpu=True)
    step = slim.create_global_step()
    batches = [tf.constant(half) for half in (INPUTS[:8], INPUTS[4:])]
    labels = [tf.constant(half) for half in (LABELS[:8], LABELS[4:])]
    turn = []

    def next_batch():
        turn.append(0)
        return model(tf, slim)(batches[len(turn) - 1], labels[len(turn) - 1])

    clones = deploy.create_clones(config, next_batch)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS, clones[0].scope)
    variables = slim.get_variables_by_suffix("weights")
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    total_loss, pairs = deploy.optimize_clones(clones, optimizer, var_list=variables)
    updates.append(optimizer.apply_gradients(pairs, global_step=step))
    with tf.control_dependencies([tf.group(*updates)]):
        train_op = tf.identity(total_loss, name="train_op")
    facts = [[gradient.op.name, variable.op.name] for gradient, variable in pairs]
    return {"pairs": facts, "total_loss": total_loss.op.name, "run": run(tf, [train_op])}


@program
def regularization_losses_may_be_left_out(tf, slim, deploy):
    clones = deploy.create_clones(deploy.DeploymentConfig(), model(tf, slim), constants(tf))
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    with_them, _ = deploy.optimize_clones(clones, optimizer)
    without, _ = deploy.optimize_clones(clones, optimizer, regularization_losses=[])
    return run(tf, [with_them, without], 1)["history"]


@program
def devices(tf, slim, deploy):
    found = []
    for arguments in (
        {},
        {"num_clones": 4},
        {"num_clones": 2, "clone_on_cpu": True},
        {"num_clones": 2, "num_ps_tasks": 2, "num_replicas": 3, "replica_id": 1},
        {"num_ps_tasks": 1, "worker_job_name": "w", "ps_job_name": "p"},
    ):
        config = deploy.DeploymentConfig(**arguments)
        clones = range(config.num_clones)
        found.append(
            [
                [config.clone_device(i) for i in clones],
                [config.clone_scope(i) for i in clones],
                config.optimizer_device(),
                config.inputs_device(),
                config.ps_device,
                config.worker_device,
                config.caching_device() is None,
                config.variables_device() if not config.num_ps_tasks else "function",
            ]
        )
    return found


@program
def wrong_configurations(tf, slim, deploy):
    found = []
    for arguments in (
        {"num_replicas": 2},
        {"num_ps_tasks": 1, "worker_job_name": ""},
        {"num_ps_tasks": 1, "ps_job_name": None},
        {"replica_id": 1},
    ):
        try:
            deploy.DeploymentConfig(**arguments)
        except ValueError as err:
            found.append(str(err))
    for name in ("clone_device", "clone_scope"):
        try:
            getattr(deploy.DeploymentConfig(num_clones=2), name)(2)
        except ValueError as err:
            found.append(str(err))
    return found
