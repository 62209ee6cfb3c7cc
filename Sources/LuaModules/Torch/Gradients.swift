import LuaBridge
import Tensors

/// Gradients, under the names of PyTorch's autograd.
extension Tensor {
    static let luaGradientMethods = [
        LuaFunction(
            "backward", "Adds to the `grad` of every leaf the derivative of this tensor by it.", this,
            Parameter(
                "gradient", Tensor?.self, "the derivative of the whole by this tensor; may be left out of a scalar's"),
            Option("retain_graph", Bool.self, default: false, "whether the graph is kept for another call"),
            example: """
                local x = torch.tensor(3, {requires_grad = true}); (x * x):backward(); assert(x.grad:item() == 6)
                """
        ) { tensor, gradient, retain in try tensor.backward(gradient: gradient, retainGraph: retain) },
        LuaFunction(
            "requires_grad_", "Asks for gradients on this leaf, or no longer.", this,
            Parameter("requires_grad", Bool.self, default: true, "whether gradients are to reach it"),
            returns: "the tensor", example: "torch.zeros(2):requires_grad_().requires_grad"
        ) { tensor, required in try tensor.requireGradient(required) },
        LuaFunction(
            "detach", "The same elements, sharing memory, without their history.", this, returns: "a tensor",
            example: "not (torch.ones(2, {requires_grad = true}) * 2):detach().requires_grad"
        ) { tensor in tensor.detached() },
    ]

    static let luaProperties = [
        LuaProperty("shape", "The size of each dimension.", get: { (tensor: Tensor) in tensor.shape }),
        LuaProperty(
            "grad", "The sum of the gradients that reached this leaf; nil before the first.",
            get: { (tensor: Tensor) in tensor.gradient }, set: { tensor, gradient in try tensor.setGradient(gradient) }),
        LuaProperty(
            "requires_grad", "Whether gradients are to reach this tensor; can be set on leaves.",
            get: { (tensor: Tensor) in tensor.requiresGradient },
            set: { tensor, required in try tensor.requireGradient(required) }),
        LuaProperty(
            "is_leaf", "Whether no operation with a gradient made this tensor.",
            get: { (tensor: Tensor) in tensor.isLeaf }),
    ]

    private func setGradient(_ gradient: Tensor?) throws(TensorError) {
        if let gradient, gradient.shape != shape {
            throw .shape(operation: "grad", parameter: "grad", shape: gradient.shape, expected: shape.shapeText)
        }
        // Detached, as a chain of gradients of gradients would be freed by recursion, and a cycle of them never.
        self.gradient = gradient?.detached()
    }
}

extension LuaModule {
    static let torchGradients = [
        .variable(
            "no_grad", "Calls a function without recording what it computes.",
            Parameter("f", LuaCallback.self, "a function without parameters"), returns: "its results",
            example: """
                local w = torch.ones(2, {requires_grad = true}); assert(not torch.no_grad(function() return w * 2 end).requires_grad)
                """
        ) { f in LuaResults(try GradientMode.disabled { try f.results() }) },
        LuaFunction(
            "is_grad_enabled", "Whether operations are being recorded.", returns: "a boolean",
            example: "torch.is_grad_enabled()"
        ) { GradientMode.isEnabled },
    ]
}
