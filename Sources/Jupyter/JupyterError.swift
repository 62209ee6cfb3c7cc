/// Why a kernel cannot be started or installed, or a message not be taken.
public enum JupyterError: Error, Equatable, CustomStringConvertible {
    /// The connection file at `path` is wrong, for a reason such as "shell_port: a port expected, got null".
    case connectionFile(path: String, reason: String)
    /// ZeroMQ cannot listen at an address.
    case socket(address: String, reason: String)
    /// A message of a front end that is no message of the protocol, or not signed with the key.
    case message(reason: String)

    /// What is wrong, in a line.
    public var description: String {
        switch self {
        case .connectionFile(let path, let reason): "connection file '\(path)': \(reason)"
        case .socket(let address, let reason): "cannot listen at '\(address)': \(reason)"
        case .message(let reason): "message dropped: \(reason)"
        }
    }
}
