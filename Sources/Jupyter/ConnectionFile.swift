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
    /// What signs the messages: who has it runs code as the kernel's user.
    package let key: String
    /// Whether the file could be read or changed by others than its owner until it was read.
    package let wasOpenToOthers: Bool

    /// Reads the file at `path`, and takes the rights of all but its owner off it.
    ///
    /// An error where the kernel would listen to other machines, or at ports of this one without a key, which every
    /// user of it could send code to.
    package init(path: String) throws(JupyterError) {
        func wrong(_ reason: String) -> JupyterError { .connectionFile(path: path, reason: reason) }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try InputFile.bytes(of: path)
        } catch {
            throw .connectionFile(path: path.shown, reason: "cannot be read")
        }
        do throws(FileError) {
            wasOpenToOthers = try FileSystem.makePrivate(path)
        } catch {
            throw wrong("others have rights to it, which cannot be taken off: \(error.reason)")
        }
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
        guard transport == "ipc" || Self.isLoopback(address) else {
            throw wrong("ip: an address of this machine alone expected, such as 127.0.0.1, got '\(address)'")
        }
        guard transport == "ipc" || !key.isEmpty else {
            throw wrong("key: a key expected, as without one every user of this machine can send code")
        }
        shell = try port("shell_port")
        control = try port("control_port")
        iopub = try port("iopub_port")
        stdin = try port("stdin_port")
        heartbeat = try port("hb_port")
    }

    /// Whether only programs of this machine reach an address.
    private static func isLoopback(_ address: String) -> Bool {
        address == "localhost" || address == "::1"
            || address.wholeMatch(of: /127\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}/) != nil
    }

    /// The address of a port, as ZeroMQ writes it.
    package func endpoint(_ port: Int) -> String {
        transport == "ipc" ? "ipc://\(address)-\(port)" : "tcp://\(address):\(port)"
    }
}
