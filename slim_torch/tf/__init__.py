"""`from slim_torch import tf`: the TensorFlow 1 names that slim model code uses.

Names only; what they do is defined where it belongs, and imported when a name is first used. Dtypes are PyTorch's.
A name that is not here raises an AttributeError which says what there is instead; see `missing.py`.
"""

from typing import TYPE_CHECKING

from slim_torch import tensor_attributes
from slim_torch.lazy import attach

if TYPE_CHECKING:
    from torch import (
        Tensor,
        bfloat16,
        bool,
        complex64,
        complex128,
        float16,
        float32,
        float64,
        int8,
        int16,
        int32,
        int64,
        uint8,
        uint16,
        uint32,
        uint64,
    )
    from torch import dtype as DType
    from torch import float16 as half
    from torch import float64 as double

    from slim_torch import errors
    from slim_torch.activations import sigmoid, tanh
    from slim_torch.check_ops import (
        add_check_numerics_ops,
        assert_equal,
        assert_greater,
        assert_greater_equal,
        assert_less,
        assert_less_equal,
        assert_near,
        assert_negative,
        assert_non_negative,
        assert_non_positive,
        assert_none_equal,
        assert_positive,
        is_non_decreasing,
        is_strictly_increasing,
        verify_tensor_all_finite,
    )
    from slim_torch.compat import nest
    from slim_torch.compat.framework_ops import convert_to_tensor_or_indexed_slices
    from slim_torch.compat.variables_ops import VariableAggregation, VariableSynchronization
    from slim_torch.config import (
        ConfigProto,
        GPUOptions,
        GraphOptions,
        OptimizerOptions,
        RunMetadata,
        RunOptions,
    )
    from slim_torch.confusion import confusion_matrix
    from slim_torch.control_flow import (
        Assert,
        Print,
        case,
        cond,
        foldl,
        foldr,
        group,
        map_fn,
        no_op,
        py_func,
        scan,
        tuple,
        while_loop,
    )
    from slim_torch.control_flow import py_func as numpy_function
    from slim_torch.control_flow import py_func as py_function
    from slim_torch.dtypes import string
    from slim_torch.errors import OpError
    from slim_torch.example_parsing import (
        FixedLenFeature,
        FixedLenSequenceFeature,
        VarLenFeature,
        decode_raw,
        parse_example,
        parse_single_example,
        read_file,
    )
    from slim_torch.gradients import (
        NoGradient,
        NotDifferentiable,
        RegisterGradient,
        UnconnectedGradients,
        custom_gradient,
        gradients,
        hessians,
        stop_gradient,
    )
    from slim_torch.gradients import NotDifferentiable as no_gradient
    from slim_torch.graph import (
        Graph,
        GraphKeys,
        add_to_collection,
        add_to_collections,
        get_collection,
        get_collection_ref,
        get_default_graph,
        reset_default_graph,
        set_random_seed,
    )
    from slim_torch.initializers import VarianceScaling as variance_scaling_initializer
    from slim_torch.initializers import (
        constant_initializer,
        glorot_normal_initializer,
        glorot_uniform_initializer,
        ones_initializer,
        orthogonal_initializer,
        random_normal_initializer,
        random_uniform_initializer,
        truncated_normal_initializer,
        uniform_unit_scaling_initializer,
        zeros_initializer,
    )
    from slim_torch.input_producers import count_up_to
    from slim_torch.moving_averages import moving_average_variables
    from slim_torch.queues import FIFOQueue, PaddingFIFOQueue, QueueBase, RandomShuffleQueue
    from slim_torch.readers import (
        FixedLengthRecordReader,
        IdentityReader,
        ReaderBase,
        TextLineReader,
        TFRecordReader,
        WholeFileReader,
    )
    from slim_torch.recorded_variable import (
        assign,
        assign_add,
        assign_sub,
        global_variables_initializer,
        is_variable_initialized,
        local_variables_initializer,
        report_uninitialized_variables,
        variables_initializer,
    )
    from slim_torch.recorded_variable import global_variables_initializer as initialize_all_variables
    from slim_torch.recorded_variable import local_variables_initializer as initialize_local_variables
    from slim_torch.recorded_variable import variables_initializer as initialize_variables
    from slim_torch.recording import Operation, control_dependencies
    from slim_torch.scatter_ops import (
        IndexedSlices,
        assert_variables_initialized,
        batch_scatter_update,
        scatter_add,
        scatter_div,
        scatter_max,
        scatter_min,
        scatter_mul,
        scatter_nd_add,
        scatter_nd_sub,
        scatter_nd_update,
        scatter_sub,
        scatter_update,
    )
    from slim_torch.scopes import (
        AUTO_REUSE,
        VariableScope,
        get_variable,
        get_variable_scope,
        name_scope,
        no_regularizer,
        variable_op_scope,
        variable_scope,
    )
    from slim_torch.session import InteractiveSession, Session, get_default_session
    from slim_torch.sources import (
        constant,
        fill,
        linspace,
        ones,
        ones_like,
        placeholder,
        placeholder_with_default,
        random_gamma,
        random_normal,
        random_poisson,
        random_shuffle,
        random_uniform,
        range,
        rank,
        shape,
        shape_n,
        size,
        truncated_normal,
        zeros,
        zeros_like,
    )
    from slim_torch.sources import linspace as lin_space
    from slim_torch.sparse import (
        SparseTensor,
        SparseTensorValue,
        sparse_placeholder,
        sparse_reorder,
        sparse_retain,
        sparse_tensor_dense_matmul,
        sparse_tensor_to_dense,
        sparse_to_dense,
    )
    from slim_torch.static_checks import (
        assert_integer,
        assert_proper_iterable,
        assert_rank,
        assert_rank_at_least,
        assert_rank_in,
        assert_same_float_dtype,
        assert_scalar,
        assert_type,
    )
    from slim_torch.string_ops import (
        as_string,
        reduce_join,
        regex_replace,
        string_join,
        string_split,
        string_strip,
        string_to_number,
        substr,
    )
    from slim_torch.summary_protos import (
        Event,
        HistogramProto,
        LogMessage,
        SessionLog,
        Summary,
        SummaryMetadata,
    )
    from slim_torch.template import make_template
    from slim_torch.tensor_array import TensorArray
    from slim_torch.tensor_shape import Dimension, TensorShape
    from slim_torch.tf import (
        app,
        bitwise,
        compat,
        contrib,
        data,
        debugging,
        dtypes,
        flags,
        gfile,
        image,
        initializers,
        io,
        keras,
        layers,
        linalg,
        logging,
        losses,
        manip,
        math,
        metrics,
        nn,
        python_io,
        pywrap_tensorflow,
        queue,
        random,
        resource_loader,
        sets,
        sparse,
        strings,
        summary,
        sysconfig,
        test,
        train,
        version,
    )
    from slim_torch.tf.array_functions import (
        broadcast_static_shape,
        broadcast_to,
        concat,
        ensure_shape,
        expand_dims,
        identity,
        identity_n,
        meshgrid,
        parallel_stack,
        reshape,
        roll,
        split,
        squeeze,
        stack,
        tile,
        transpose,
        unstack,
    )
    from slim_torch.tf.array_functions import identity as guarantee_const
    from slim_torch.tf.behaviour import (
        control_flow_v2_enabled,
        disable_control_flow_v2,
        disable_eager_execution,
        disable_resource_variables,
        disable_tensor_equality,
        disable_v2_behavior,
        disable_v2_tensorshape,
        enable_control_flow_v2,
        enable_resource_variables,
        executing_eagerly,
        get_logger,
        init_scope,
        resource_variables_enabled,
        timestamp,
    )
    from slim_torch.tf.blocks import (
        batch_to_space,
        batch_to_space_nd,
        extract_image_patches,
        pad,
        space_to_batch,
        space_to_batch_nd,
    )
    from slim_torch.tf.casting import (
        bitcast,
        cast,
        is_numeric_tensor,
        saturate_cast,
        to_bfloat16,
        to_double,
        to_float,
        to_int32,
        to_int64,
    )
    from slim_torch.tf.clipping import (
        clip_by_average_norm,
        clip_by_global_norm,
        clip_by_norm,
        clip_by_value,
        global_norm,
    )
    from slim_torch.tf.comparisons import (
        equal,
        greater,
        greater_equal,
        less,
        less_equal,
        logical_and,
        logical_or,
        logical_xor,
        not_equal,
    )
    from slim_torch.tf.compat import dimension_at_index, dimension_value
    from slim_torch.tf.elementwise import (
        abs,
        acos,
        acosh,
        angle,
        asin,
        asinh,
        atan,
        atanh,
        ceil,
        conj,
        cos,
        cosh,
        digamma,
        erf,
        erfc,
        exp,
        expm1,
        floor,
        imag,
        is_finite,
        is_inf,
        is_nan,
        lbeta,
        lgamma,
        log,
        log1p,
        log_sigmoid,
        logical_not,
        negative,
        real,
        reciprocal,
        rint,
        round,
        rsqrt,
        sign,
        sin,
        sinh,
        sqrt,
        square,
        tan,
    )
    from slim_torch.tf.files import decode_csv, matching_files, write_file
    from slim_torch.tf.framework import (
        GIT_VERSION,
        VERSION,
        __version__,
        as_dtype,
        colocate_with,
        container,
        convert_to_tensor,
        convert_to_tensor_or_sparse_tensor,
        device,
        get_static_value,
        is_tensor,
        op_scope,
        tables_initializer,
    )
    from slim_torch.tf.framework import tables_initializer as initialize_all_tables
    from slim_torch.tf.image_random import random_crop
    from slim_torch.tf.indexing import (
        batch_gather,
        boolean_mask,
        gather,
        gather_nd,
        one_hot,
        scatter_nd,
        sequence_mask,
        tensor_scatter_add,
        tensor_scatter_nd_update,
        tensor_scatter_sub,
        tensor_scatter_update,
        where,
        where_v2,
    )
    from slim_torch.tf.indexing import tensor_scatter_add as tensor_scatter_nd_add
    from slim_torch.tf.indexing import tensor_scatter_sub as tensor_scatter_nd_sub
    from slim_torch.tf.linalg import cholesky_solve, eye, qr, svd
    from slim_torch.tf.linalg import eigh as self_adjoint_eig
    from slim_torch.tf.linalg import eigvalsh as self_adjoint_eigvals
    from slim_torch.tf.linalg import lstsq as matrix_solve_ls
    from slim_torch.tf.linalg import triangular_solve as matrix_triangular_solve
    from slim_torch.tf.linear_algebra import (
        cholesky,
        cross,
        diag,
        diag_part,
        einsum,
        matmul,
        matrix_band_part,
        matrix_determinant,
        matrix_diag,
        matrix_diag_part,
        matrix_inverse,
        matrix_set_diag,
        matrix_solve,
        matrix_transpose,
        norm,
        tensordot,
        trace,
    )
    from slim_torch.tf.math_functions import (
        accumulate_n,
        add,
        add_n,
        atan2,
        complex,
        div,
        div_no_nan,
        divide,
        floor_div,
        floordiv,
        floormod,
        maximum,
        minimum,
        mod,
        multiply,
        pow,
        realdiv,
        scalar_mul,
        squared_difference,
        subtract,
        truediv,
        truncatediv,
        truncatemod,
    )
    from slim_torch.tf.more_functions import (
        AggregationMethod,
        arg_max,
        arg_min,
        broadcast_dynamic_shape,
        repeat,
        switch_case,
        to_complex64,
        to_complex128,
    )
    from slim_torch.tf.nn_ctc import edit_distance
    from slim_torch.tf.nn_functions import depth_to_space, space_to_depth
    from slim_torch.tf.random import get_seed, multinomial
    from slim_torch.tf.reductions import (
        argmax,
        argmin,
        count_nonzero,
        cumprod,
        cumsum,
        reduce_all,
        reduce_any,
        reduce_logsumexp,
        reduce_max,
        reduce_mean,
        reduce_min,
        reduce_prod,
        reduce_sum,
    )
    from slim_torch.tf.segments import (
        bincount,
        dynamic_partition,
        dynamic_stitch,
        histogram_fixed_width,
        histogram_fixed_width_bins,
        segment_max,
        segment_mean,
        segment_min,
        segment_prod,
        segment_sum,
        unsorted_segment_max,
        unsorted_segment_mean,
        unsorted_segment_min,
        unsorted_segment_prod,
        unsorted_segment_sqrt_n,
        unsorted_segment_sum,
    )
    from slim_torch.tf.slicing import reverse, reverse_sequence, reverse_v2, slice, strided_slice
    from slim_torch.tf.sorting import (
        argsort,
        invert_permutation,
        searchsorted,
        setdiff1d,
        sort,
        unique,
        unique_with_counts,
        unravel_index,
    )
    from slim_torch.tf.special import igamma, igammac, polygamma, zeta
    from slim_torch.train_ops import check_numerics
    from slim_torch.variables import (
        Variable,
        get_local_variable,
        global_variables,
        local_variables,
        model_variables,
        trainable_variables,
    )
    from slim_torch.variables import global_variables as all_variables

newaxis = None
tensor_attributes.install()

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = attach(__name__, "tf", "newaxis")
