import Tensors

/// Runs `body`, a part of a network called `name`, so that its errors tell where they arose ("in up2.conv_1").
///
/// An interrupt passes unchanged: it is no fault of the part.
public func inside<Result>(
    _ name: String, _ body: () throws(TensorError) -> Result
) throws(TensorError) -> Result {
    do throws(TensorError) {
        return try body()
    } catch {
        throw switch error {
        case .interrupted: error
        case .inside(let path, let cause): .inside(path: "\(name).\(path)", cause)
        default: .inside(path: name, error)
        }
    }
}
