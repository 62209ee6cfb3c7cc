import Layers
import LuaBridge
import Support
import Tensors

/// One call of a function of a scripted prior, and the checks of what it gives.
struct ScriptedCall {
    /// What errors begin with.
    let title: String
    /// The function.
    let name: String
    /// The kernels that it was given, n x the kernel's shape.
    let kernels: Tensor
    /// The group that the prior is of. While the gradients flow, no caller tells it any more.
    var group: String?
    /// Whether the kernels are the prior's own draws.
    var isDraw = false

    private var count: Int { kernels.shape.first ?? 0 }

    /// The kernels as the function is to see them: its gradients must be finite.
    func watched(_ tensor: Tensor) throws(TensorError) -> Tensor {
        guard tensor.requiresGradient, GradientMode.isEnabled else { return tensor }
        let (title, name, count, group) = (title, name, count, group)
        return try tensor.detached().recorded(.reshape, [tensor], keeping: []) { gradient throws(TensorError) in
            // The sum is finite just where all elements are; only then is it worth while to look for one.
            guard try !gradient.sum().item().isFinite, let place = gradient.values.firstIndex(where: { !$0.isFinite })
            else { return [gradient] }
            let kernel = place / max(1, gradient.count / max(count, 1)) + 1
            let error = TensorError.argument(
                operation: title, parameter: "the gradient of \(name) at kernel \(kernel) of \(count)",
                value: gradient.values[place].luaText, expected: "finite numbers")
            throw group.map { .inside(path: "group '\($0)'", error) } ?? error
        }
    }

    /// Throws where the function has changed what it was given: kernels may be the user's own, or a network's.
    func requireUnchanged(_ tensor: Tensor, since version: Int) throws(TensorError) {
        try require(
            tensor.storage.version == version, title, "the argument of \(name)", "changed in place",
            expected: "a function that leaves its kernels as they are; w:clone() may be changed")
    }

    /// What the function gave, as a tensor of a finite number for each kernel (or one for all), computed from `input`.
    func checked(_ value: LuaValue?, from input: Tensor, isSum: Bool = false) throws(TensorError) -> Tensor {
        let wanted = isSum ? "a tensor of one number" : "a tensor of \(count) numbers, one for each kernel"
        guard let result = value?.object(as: Tensor.self) else {
            throw .argument(operation: title, parameter: name, value: value?.typeName ?? "nothing", expected: wanted)
        }
        guard isSum ? result.count == 1 : result.shape == [count] else {
            throw .shape(
                operation: title, parameter: name, shape: result.shape,
                expected: isSum ? "one number" : "\(count), one number for each kernel: sum over a kernel's weights")
        }
        if let place = result.values.firstIndex(where: { !$0.isFinite }) {
            throw try wrong(result.values[place], at: place, isSum: isSum)
        }
        if input.requiresGradient, GradientMode.isEnabled, count > 0, !result.dependsOn([input])[0] {
            throw .gradient(
                reason: "\(title): \(name) does not depend on its kernels (expected a result that is computed from "
                    + "them by tensor operations, so that gradients can flow)")
        }
        return isSum ? try result.reshaped([]) : result
    }

    private func wrong(_ value: Float, at place: Int, isSum: Bool) throws(TensorError) -> TensorError {
        let size = max(1, kernels.count / max(count, 1))
        if let weight = kernels.values.firstIndex(where: { !$0.isFinite }) {
            return .argument(
                operation: title, parameter: "a weight of kernel \(weight / size + 1) of \(count)",
                value: kernels.values[weight].luaText, expected: "finite kernels; has the training diverged?")
        }
        if isSum {
            return .argument(operation: title, parameter: name, value: value.luaText, expected: "a finite number")
        }
        return .argument(
            operation: title,
            parameter: isDraw
                ? "\(name) of its own sample \(place + 1) of \(count)" : "\(name) of kernel \(place + 1) of \(count)",
            value: value.luaText,
            expected: isDraw
                ? "samples within the support"
                : "a finite number for every kernel"
                    + (value == -.infinity
                        ? ": a prior of kernels has all of them in its support" : ""))
    }
}

extension Float {
    /// The number as Lua writes it, without the sign that a NaN may have.
    fileprivate var luaText: String { isNaN ? "nan" : "\(self)" }
}
