"""Golden programs for `arg_scope`: which defaults a decorated function picks up, and when.

TensorFlow's bugs here are not golden: `arg_scope` on an undecorated function drops the enclosing scope
(so no program looks at the scope after that error); `arg_scoped_arguments` gives wrong names for most
layers and for functions without defaults (so only other functions are asked); a scope on `convolution`
breaks `conv2d`, and one on `linear` is an AttributeError (so neither is opened).
"""

import functools

from program_registry import error_of, inventory, names, program


def example(slim, label="f"):
    """A decorated function that returns what it was called with."""

    @slim.add_arg_scope
    def function(*args, **kwargs):
        return [label, list(args), sorted(kwargs.items())]

    return function


def pair(slim):
    """Two decorated functions with explicit parameters."""

    @slim.add_arg_scope
    def first(a, b=1, c=2):
        return [a, b, c]

    @slim.add_arg_scope
    def second(a, b=10, d=20):
        return [a, b, d]

    return first, second


def held(slim, *functions):
    """What the current scope holds for each function."""
    scope = slim.current_arg_scope()
    return [sorted(scope.get(slim.arg_scope_func_key(f), {}).items()) for f in functions]


@program()
def default_is_picked_up(tf, slim, zeros):
    f = example(slim)
    with slim.arg_scope([f], a=1, b=2):
        inside = f(0)
    return [inside, f(0)]


@program()
def call_beats_scope(tf, slim, zeros):
    f = example(slim)
    with slim.arg_scope([f], a=1, b=2):
        return [f(a=5), f(0, b=None), f(0, c=3)]


@program()
def several_functions_in_one_scope(tf, slim, zeros):
    first, second = pair(slim)
    with slim.arg_scope([first, second], b=7):
        return [first(0), second(0)]


@program()
def several_scopes_at_once(tf, slim, zeros):
    first, second = pair(slim)
    with slim.arg_scope([first], b=7), slim.arg_scope([second], d=8):
        return [first(0), second(0)]


@program()
def function_outside_the_list_is_left_alone(tf, slim, zeros):
    first, second = pair(slim)
    with slim.arg_scope([first], b=7):
        return second(0)


@program()
def nested_scopes_add_up(tf, slim, zeros):
    f = example(slim)
    facts = []
    with slim.arg_scope([f], a=1, b=2):
        with slim.arg_scope([f], b=3, c=4):
            facts.append(f())
            facts.append(held(slim, f))
        facts.append(f())
    return facts + [f(), held(slim, f)]


@program()
def nested_scopes_three_deep(tf, slim, zeros):
    first, second = pair(slim)
    facts = []
    with slim.arg_scope([first, second], b="outer"):
        with slim.arg_scope([first], c="middle"):
            with slim.arg_scope([second], b="inner", d="inner"):
                facts.append([first(0), second(0)])
            facts.append([first(0), second(0)])
        facts.append([first(0), second(0)])
    return facts


@program()
def inner_scope_of_another_function_keeps_the_outer(tf, slim, zeros):
    first, second = pair(slim)
    with slim.arg_scope([first], b=7), slim.arg_scope([second], d=8):
        return [first(0), second(0), held(slim, first, second)]


@program()
def none_is_a_value(tf, slim, zeros):
    f = example(slim)
    with slim.arg_scope([f], a=1), slim.arg_scope([f], a=None):
        return f()


@program()
def tuple_of_functions(tf, slim, zeros):
    f = example(slim)
    with slim.arg_scope((f,), a=1):
        return f()


@program(words=("list_ops_or_scope must either be a list/tuple or reused scope",))
def single_function_instead_of_a_list(tf, slim, zeros):
    f = example(slim)
    with slim.arg_scope(f, a=1):
        pass


@program(words=("list_ops_or_scope must either be a list/tuple or reused scope",))
def string_instead_of_a_list(tf, slim, zeros):
    with slim.arg_scope("conv2d", a=1):
        pass


@program(words=("list_ops_or_scope must either be a list/tuple or reused scope",))
def none_instead_of_a_list(tf, slim, zeros):
    with slim.arg_scope(None):
        pass


@program()
def set_of_functions(tf, slim, zeros):
    f = example(slim)

    def enter():
        with slim.arg_scope({f}, a=1):
            pass

    return error_of(enter)


@program()
def empty_list(tf, slim, zeros):
    f = example(slim)
    with slim.arg_scope([f], a=1), slim.arg_scope([], b=2):
        return f()


@program()
def scope_without_arguments(tf, slim, zeros):
    f = example(slim)
    with slim.arg_scope([f]) as scope:
        return [f(), held(slim, f), len(scope)]


@program()
def unknown_argument_fails_at_the_call(tf, slim, zeros):
    first, _ = pair(slim)
    with slim.arg_scope([first], nonsense=1):
        return error_of(lambda: first(0))


@program(words=("unexpected keyword argument", "nonsense"))
def unknown_argument_of_a_layer(tf, slim, zeros):
    with slim.arg_scope([slim.conv2d], nonsense=1):
        slim.conv2d(zeros(1, 4, 4, 2), 3, 3)


@program(words=("not decorated with @add_arg_scope",))
def undecorated_function(tf, slim, zeros):
    def plain():
        pass

    with slim.arg_scope([plain], a=1):
        pass


@program(words=("not decorated with @add_arg_scope",))
def undecorated_function_among_decorated_ones(tf, slim, zeros):
    with slim.arg_scope([slim.conv2d, len], padding="VALID"):
        pass


@program(words=("not decorated with @add_arg_scope",))
def repeat_cannot_be_scoped(tf, slim, zeros):
    with slim.arg_scope([slim.repeat], repetitions=2):
        pass


@program(words=("not decorated with @add_arg_scope",))
def stack_cannot_be_scoped(tf, slim, zeros):
    with slim.arg_scope([slim.stack], scope="s"):
        pass


@program()
def undecorated_method(tf, slim, zeros):
    class Block:
        def plain(self):
            pass

    def enter():
        with slim.arg_scope([Block().plain], a=1):
            pass

    return error_of(enter)


@program()
def which_names_can_be_scoped(tf, slim, zeros):
    candidates = """avg_pool2d avg_pool3d batch_norm bias_add conv1d conv2d conv3d conv2d_in_plane
    conv2d_transpose conv3d_transpose convolution convolution1d convolution2d convolution2d_in_plane
    convolution2d_transpose convolution3d convolution3d_transpose dense_to_sparse dropout elu flatten
    fully_connected gdn images_to_sequence layer_norm linear pool max_pool2d max_pool3d one_hot_encoding
    relu relu6 repeat scale_gradient separable_conv2d separable_convolution2d sequence_to_images softmax
    spatial_softmax stack unit_norm legacy_fully_connected legacy_linear legacy_relu maxout group_norm
    instance_norm embed_sequence model_variable variable local_variable global_variable get_variables
    add_model_variable get_variables_to_restore l2_regularizer xavier_initializer add_arg_scope arg_scope
    get_or_create_global_step assign_from_values"""
    return {name: bool(slim.has_arg_scope(getattr(slim, name))) for name in candidates.split()}


@program()
def has_arg_scope(tf, slim, zeros):
    f = example(slim)

    def plain():
        pass

    return [bool(slim.has_arg_scope(x)) for x in (f, plain, len, functools.partial(f, a=1))]


@program()
def saved_scope_is_reused(tf, slim, zeros):
    first, second = pair(slim)
    with slim.arg_scope([first, second], b=7) as saved:
        pass
    facts = [first(0)]
    with slim.arg_scope(saved) as again:
        facts += [first(0), second(0), again == saved]
    return facts + [first(0)]


@program()
def saved_scope_replaces_the_enclosing_one(tf, slim, zeros):
    first, second = pair(slim)
    with slim.arg_scope([first], b=7) as saved:
        pass
    with slim.arg_scope([first], b=8, c=9), slim.arg_scope([second], d=5):
        with slim.arg_scope(saved):
            inside = [first(0), second(0)]
        return [inside, first(0), second(0)]


@program()
def saved_scope_holds_what_enclosed_it(tf, slim, zeros):
    first, second = pair(slim)
    with slim.arg_scope([first], b=7), slim.arg_scope([second], d=8) as saved:
        pass
    with slim.arg_scope(saved):
        return [first(0), second(0), held(slim, first, second)]


@program()
def saved_scope_is_extended_inside(tf, slim, zeros):
    first, _ = pair(slim)
    with slim.arg_scope([first], b=7) as saved:
        pass
    with slim.arg_scope(saved):
        with slim.arg_scope([first], c=9):
            inside = first(0)
        after = first(0)
    with slim.arg_scope(saved):
        return [inside, after, first(0)]


@program(words=("re-use a scope", "dictionary, kwargs must be empty"))
def saved_scope_with_keywords(tf, slim, zeros):
    first, _ = pair(slim)
    with slim.arg_scope([first], b=7) as saved:
        pass
    with slim.arg_scope(saved, c=1):
        pass


@program()
def empty_saved_scope(tf, slim, zeros):
    first, _ = pair(slim)
    with slim.arg_scope([first], b=7):
        with slim.arg_scope({}):
            inside = first(0)
        return [inside, first(0)]


@program()
def saved_scope_from_a_function(tf, slim, zeros):
    def model_arg_scope(weight_decay=0.1):
        regularizer = slim.l2_regularizer(weight_decay)
        with slim.arg_scope([slim.conv2d, slim.fully_connected], weights_regularizer=regularizer):
            with slim.arg_scope([slim.conv2d], padding="VALID", normalizer_fn=slim.batch_norm):
                with slim.arg_scope([slim.batch_norm], scale=True) as scope:
                    return scope

    with slim.arg_scope(model_arg_scope()):
        net = slim.conv2d(zeros(1, 4, 4, 2), 3, 3)
        slim.fully_connected(zeros(1, 2), 3)
    outside = slim.conv2d(zeros(1, 4, 4, 2), 3, 3)
    return [inventory(tf), [int(d) for d in net.shape], [int(d) for d in outside.shape]]


@program()
def current_scope_is_empty_outside(tf, slim, zeros):
    return [len(slim.current_arg_scope()), slim.current_arg_scope() == {}]


@program()
def current_scope_contents(tf, slim, zeros):
    first, second = pair(slim)
    facts = []
    with slim.arg_scope([first], b=7) as outer:
        facts.append([len(slim.current_arg_scope()), slim.current_arg_scope() == outer])
        with slim.arg_scope([first, second], b=8) as inner:
            facts.append([len(inner), slim.current_arg_scope() == inner, held(slim, first, second)])
        facts.append([len(slim.current_arg_scope()), held(slim, first, second)])
    return facts + [len(slim.current_arg_scope())]


@program()
def current_scope_of_layers(tf, slim, zeros):
    with slim.arg_scope([slim.conv2d, slim.max_pool2d], padding="VALID"):
        with slim.arg_scope([slim.conv2d], stride=2):
            return held(slim, slim.conv2d, slim.convolution2d, slim.max_pool2d, slim.fully_connected)


@program()
def keyword_dictionary_is_not_kept(tf, slim, zeros):
    """Changing the dictionary that was spread into the call changes nothing."""
    f = example(slim)
    options = {"a": 1}
    with slim.arg_scope([f], **options):
        options["a"] = 2
        return f()


@program()
def inner_scope_does_not_change_a_saved_outer_scope(tf, slim, zeros):
    f = example(slim)
    with slim.arg_scope([f], a=1) as outer:
        with slim.arg_scope([f], a=2, b=3):
            pass
        return sorted(outer[slim.arg_scope_func_key(f)].items())


@program()
def func_key_is_the_same_for_aliases(tf, slim, zeros):
    key = slim.arg_scope_func_key
    first, second = pair(slim)
    return [
        key(slim.conv2d) == key(slim.convolution2d),
        key(slim.separable_conv2d) == key(slim.separable_convolution2d),
        key(slim.conv2d) == key(slim.convolution),
        key(slim.conv2d) == key(slim.conv1d),
        key(slim.linear) == key(slim.fully_connected),
        key(slim.relu) == key(slim.linear),
        key(first) == key(first),
        key(first) == key(second),
        isinstance(key(first), str),
    ]


@program()
def alias_takes_the_scope_of_its_name(tf, slim, zeros):
    with slim.arg_scope([slim.convolution2d], normalizer_fn=slim.batch_norm):
        slim.conv2d(zeros(1, 4, 4, 2), 3, 3)
    with slim.arg_scope([slim.conv2d], biases_initializer=None):
        slim.convolution2d(zeros(1, 4, 4, 2), 3, 3)
        slim.convolution(zeros(1, 4, 4, 2), 3, 3)
    return names(tf.global_variables())


@program()
def conv2d_scope_does_not_reach_other_convolutions(tf, slim, zeros):
    with slim.arg_scope([slim.conv2d], biases_initializer=None):
        slim.conv1d(zeros(1, 4, 2), 3, 3)
        slim.conv2d_transpose(zeros(1, 4, 4, 2), 3, 3)
        slim.separable_conv2d(zeros(1, 4, 4, 2), 3, 3)
        slim.conv2d(zeros(1, 4, 4, 2), 3, 3, scope="only_here")
    return names(tf.global_variables())


@program()
def convolution_has_a_scope_of_its_own(tf, slim, zeros):
    with slim.arg_scope([slim.convolution], biases_initializer=None):
        slim.convolution(zeros(1, 4, 4, 2), 3, 3, scope="general")
        slim.fully_connected(zeros(1, 2), 3)
    return names(tf.global_variables())


@program()
def fully_connected_scope_reaches_its_partials(tf, slim, zeros):
    with slim.arg_scope([slim.fully_connected], biases_initializer=None):
        for i, layer in enumerate((slim.linear, slim.relu, slim.relu6, slim.elu, slim.fully_connected)):
            layer(zeros(1, 2), 3, scope=f"fc{i}")
    return names(tf.global_variables())


@program()
def separable_scope_covers_both_names(tf, slim, zeros):
    with slim.arg_scope([slim.separable_conv2d], depth_multiplier=2, biases_initializer=None):
        slim.separable_convolution2d(zeros(1, 4, 4, 2), 3, 3)
        slim.separable_conv2d(zeros(1, 4, 4, 2), 3, 3, depth_multiplier=1)
    return inventory(tf)


@program()
def layer_picks_up_its_normalizer(tf, slim, zeros):
    with slim.arg_scope([slim.conv2d], normalizer_fn=slim.batch_norm, normalizer_params={"scale": True}):
        slim.conv2d(zeros(1, 4, 4, 2), 3, 3)
        slim.conv2d(zeros(1, 4, 4, 2), 3, 3, normalizer_fn=None)
        slim.conv2d(zeros(1, 4, 4, 2), 3, 3, normalizer_params={})
    return names(tf.global_variables())


@program()
def normalizer_picks_up_its_own_scope(tf, slim, zeros):
    with slim.arg_scope([slim.batch_norm], scale=True, center=False):
        slim.conv2d(zeros(1, 4, 4, 2), 3, 3, normalizer_fn=slim.batch_norm)
        slim.conv2d(
            zeros(1, 4, 4, 2), 3, 3, normalizer_fn=slim.batch_norm, normalizer_params={"center": True}
        )
    return names(tf.global_variables())


@program()
def positional_argument_beats_scope(tf, slim, zeros):
    first, _ = pair(slim)
    with slim.arg_scope([first], c=5):
        return [first(0, 1), first(a=0, b=1)]


@program(words=("multiple values", "b"))
def positional_argument_that_is_in_the_scope_too(tf, slim, zeros):
    first, _ = pair(slim)
    with slim.arg_scope([first], b=5):
        first(0, 1)


@program()
def required_argument_from_the_scope(tf, slim, zeros):
    first, _ = pair(slim)
    with slim.arg_scope([first], a="given"):
        return first()


@program()
def layer_arguments_from_the_scope(tf, slim, zeros):
    with slim.arg_scope([slim.conv2d], kernel_size=[3, 3], num_outputs=4, padding="VALID", stride=2):
        net = slim.conv2d(zeros(1, 9, 9, 2))
        same = slim.conv2d(zeros(1, 9, 9, 2), padding="SAME")
    return [[int(d) for d in net.shape], [int(d) for d in same.shape], names(tf.global_variables())]


@program()
def mixed_layers_take_only_what_they_are_given(tf, slim, zeros):
    with slim.arg_scope([slim.conv2d, slim.max_pool2d], padding="SAME", stride=1):
        with slim.arg_scope([slim.conv2d], biases_initializer=None, trainable=False):
            net = slim.conv2d(zeros(1, 5, 5, 2), 3, 3)
            net = slim.max_pool2d(net, 3)
            valid = slim.max_pool2d(net, 3, padding="VALID")
            slim.fully_connected(zeros(1, 2), 3)
    return [[int(d) for d in net.shape], [int(d) for d in valid.shape], inventory(tf)]


@program()
def reuse_and_scope_from_the_scope(tf, slim, zeros):
    with slim.arg_scope([slim.conv2d], scope="shared"):
        slim.conv2d(zeros(1, 4, 4, 2), 3, 3)
        with slim.arg_scope([slim.conv2d], reuse=True):
            slim.conv2d(zeros(1, 4, 4, 2), 3, 3)
    return names(tf.global_variables())


@program()
def scope_reaches_layers_called_by_repeat_and_stack(tf, slim, zeros):
    with slim.arg_scope([slim.conv2d, slim.fully_connected], biases_initializer=None):
        slim.repeat(zeros(1, 4, 4, 2), 2, slim.conv2d, 3, 3, scope="r")
        slim.stack(zeros(1, 2), slim.fully_connected, [3, 4], scope="s")
    return names(tf.global_variables())


@program()
def scope_reaches_decorated_user_functions_that_call_layers(tf, slim, zeros):
    @slim.add_arg_scope
    def block(net, depth, stride=1, outputs_collections=None, scope=None):
        with tf.variable_scope(scope, "block", [net]) as sc:
            net = slim.conv2d(net, depth, 3, stride=stride, scope="conv")
            return slim.utils.collect_named_outputs(outputs_collections, sc.name, net)

    with slim.arg_scope([block], stride=2, outputs_collections="out"):
        with slim.arg_scope([slim.conv2d], biases_initializer=None):
            net = block(zeros(1, 8, 8, 2), 3)
            net = block(net, 4, stride=1)
    end_points = slim.utils.convert_collection_to_dict("out")
    return [list(end_points), [int(d) for d in net.shape], names(tf.global_variables())]


@program()
def model_variable_picks_up_defaults(tf, slim, zeros):
    with slim.arg_scope([slim.model_variable, slim.variable], trainable=False):
        v = slim.model_variable("v", [1])
        w = slim.variable("w", [1], trainable=True)
        u = tf.get_variable("u", [1])
    return [[bool(x.trainable) for x in (v, w, u)], inventory(tf)]


@program()
def variable_scope_arguments_of_model_variable(tf, slim, zeros):
    with slim.arg_scope([slim.model_variable], collections=["mine"], regularizer=slim.l2_regularizer(1.0)):
        slim.model_variable("v", [1])
        slim.conv2d(zeros(1, 4, 4, 2), 3, 3)
        slim.bias_add(zeros(1, 2))
        slim.layer_norm(zeros(1, 2))
    return [inventory(tf), names(tf.get_collection("mine"))]


@program()
def scope_is_left_after_an_exception(tf, slim, zeros):
    first, _ = pair(slim)
    facts = []
    with slim.arg_scope([first], b=7):
        try:
            with slim.arg_scope([first], b=8):
                facts.append(first(0))
                raise KeyError("stop")
        except KeyError:
            facts.append(first(0))
    return facts + [first(0), len(slim.current_arg_scope())]


@program()
def name_and_documentation_are_kept(tf, slim, zeros):
    @slim.add_arg_scope
    def documented(a, b=1):
        """Says what it does."""
        return a + b

    return [documented.__name__, documented.__doc__, documented.__module__ == __name__, documented(1)]


@program()
def names_of_layers(tf, slim, zeros):
    layers = (slim.conv2d, slim.fully_connected, slim.batch_norm, slim.max_pool2d, slim.dropout, slim.conv1d)
    layers += (slim.conv3d, slim.separable_conv2d, slim.conv2d_transpose, slim.flatten, slim.model_variable)
    return [layer.__name__ for layer in layers]


@program()
def returned_value_and_call_count(tf, slim, zeros):
    calls = []

    @slim.add_arg_scope
    def function(a, b=1):
        calls.append((a, b))
        return {"sum": a + b}

    with slim.arg_scope([function], b=2):
        return [function(1), function(1, b=5), calls]


@program()
def decorated_twice(tf, slim, zeros):
    @slim.add_arg_scope
    @slim.add_arg_scope
    def function(a=1, b=2):
        return [a, b]

    with slim.arg_scope([function], b=5):
        return [function(), bool(slim.has_arg_scope(function))]


@program()
def two_functions_of_one_name(tf, slim, zeros):
    f, g = example(slim, "f"), example(slim, "g")
    with slim.arg_scope([f], a=1):
        return [f(), g(), bool(slim.has_arg_scope(g))]


@program()
def decorated_method(tf, slim, zeros):
    class Block:
        @slim.add_arg_scope
        def build(self, a=1, b=2):
            return [a, b]

    block = Block()

    def enter():
        with slim.arg_scope([Block.build], b=7):
            return [block.build(), Block().build(a=5)]

    return enter()


@program()
def function_calling_another_decorated_function(tf, slim, zeros):
    first, second = pair(slim)

    @slim.add_arg_scope
    def outer(a, b=0):
        return [first(a), second(a, b=b)]

    with slim.arg_scope([outer, first], b=3):
        return outer(1)


@program()
def scope_opened_inside_a_decorated_function(tf, slim, zeros):
    first, _ = pair(slim)

    @slim.add_arg_scope
    def outer(a):
        with slim.arg_scope([first], b="inner"):
            return first(a)

    with slim.arg_scope([first], b="outer", c="outer"):
        return [outer(1), first(1)]


@program()
def default_taken_when_called_not_when_defined(tf, slim, zeros):
    first, _ = pair(slim)
    with slim.arg_scope([first], b=7):
        later = functools.partial(first, 0)

        def bound():
            return first(0)

    with slim.arg_scope([first], b=8):
        return [later(), bound()]


@program()
def scoped_arguments_of_user_functions(tf, slim, zeros):
    first, second = pair(slim)

    @slim.add_arg_scope
    def one(a, verbose=False):
        return a

    return [list(slim.arg_scoped_arguments(f)) for f in (first, second, one)]


@program()
def values_are_shared_not_copied(tf, slim, zeros):
    f = example(slim)
    shared = [1]
    with slim.arg_scope([f], a=shared):
        shared.append(2)
        return f()


@program()
def graphs_do_not_matter(tf, slim, zeros):
    first, _ = pair(slim)
    with slim.arg_scope([first], b=7), tf.Graph().as_default():
        return first(0)


@program()
def scope_object_entered_by_generator_protocol(tf, slim, zeros):
    first, _ = pair(slim)
    scope = slim.arg_scope([first], b=7)
    before = first(0)
    with scope as contents:
        return [before, first(0), isinstance(contents, dict)]


@program()
def batch_norm_is_training_through_scopes(tf, slim, zeros):
    counts = []
    for training in (True, False):
        with slim.arg_scope([slim.conv2d], normalizer_fn=slim.batch_norm):
            with slim.arg_scope([slim.batch_norm, slim.dropout], is_training=training):
                slim.conv2d(zeros(1, 4, 4, 2), 3, 3)
                counts.append(len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)))
    return counts
