import Foundation
import Support

/// Where a kernel listens, and the key of its messages: what a front end writes into the connection file.
package struct ConnectionFile: Equatable, Sendable {
    /// "tcp" or "ipc".
    package let transport: String
    /// The interface to listen at; 127.0.0.1 where the file names none.
    package let address: String
    /// The ports of the five channels.
    package let shell, control, iopub, stdin, heartbeat: Int
    /// What signs the messages; empty for no signatures.
    package let key: String

    /// Reads the file at `path`.
    package init(path: String) throws(JupyterError) {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try InputFile.bytes(of: path)
        } catch {
            throw .connectionFile(path: path.shown, reason: "cannot be read")
        }
        func wrong(_ reason: String) -> JupyterError { .connectionFile(path: path, reason: reason) }
        let json: JSON
        do throws(JSONError) { json = try JSON(parsing: bytes) } catch { throw wrong(error.description) }
        func port(_ name: String) throws(JupyterError) -> Int {
            guard let port = json[name]?.integer, 1...65535 ~= port else {
                throw wrong("\(name): a port expected, got \(json[name] ?? .null)")
            }
            return port
        }
        transport = json["transport"]?.text ?? "tcp"
        guard ["tcp", "ipc"].contains(transport) else {
            throw wrong("transport: 'tcp' or 'ipc' expected, got '\(transport)'")
        }
        let scheme = json["signature_scheme"]?.text ?? "hmac-sha256"
        guard scheme == "hmac-sha256" else {
            throw wrong("signature_scheme: 'hmac-sha256' expected, got '\(scheme)'")
        }
        address = json["ip"]?.text ?? "127.0.0.1"
        key = json["key"]?.text ?? ""
        shell = try port("shell_port")
        control = try port("control_port")
        iopub = try port("iopub_port")
        stdin = try port("stdin_port")
        heartbeat = try port("hb_port")
    }

    /// The address of a port, as ZeroMQ writes it.
    package func endpoint(_ port: Int) -> String {
        transport == "ipc" ? "ipc://\(address)-\(port)" : "tcp://\(address):\(port)"
    }
}
