import Foundation
import Jupyter
import Testing

/// Connection files, right and wrong.
@Suite struct ConnectionFileTests {
    private static let ports =
        #""shell_port": 1, "control_port": 2, "iopub_port": 3, "stdin_port": 4, "hb_port": 65535"#

    private func read(_ text: String) throws -> ConnectionFile {
        let path = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return try ConnectionFile(path: path)
    }

    @Test func listensAtLoopbackByDefault() throws {
        let connection = try read(#"{"key": "k", \#(Self.ports)}"#)
        #expect(connection.endpoint(connection.heartbeat) == "tcp://127.0.0.1:65535")
    }

    @Test func otherTransport() throws {
        let connection = try read(#"{"transport": "ipc", "ip": "/tmp/kernel", "key": "k", \#(Self.ports)}"#)
        #expect(connection.endpoint(connection.shell) == "ipc:///tmp/kernel-1")
        #expect(connection.key == "k")
    }

    @Test(arguments: ["127.0.0.1", "127.9.8.7", "::1", "localhost"])
    func listensToThisMachine(address: String) throws {
        #expect(try read(#"{"ip": "\#(address)", "key": "k", \#(Self.ports)}"#).address == address)
    }

    @Test(arguments: ["0.0.0.0", "*", "::", "192.168.1.5", "example.org", "127.0.0.1.example.org", "1270.0.0.1", ""])
    func doesNotListenToOthers(address: String) {
        let error = #expect(throws: JupyterError.self) {
            _ = try read(#"{"ip": "\#(address)", "key": "k", \#(Self.ports)}"#)
        }
        #expect(
            error?.description.hasSuffix(
                "ip: an address of this machine alone expected, such as 127.0.0.1, got '\(address)'") == true)
    }

    @Test(arguments: [(0o600, false), (0o400, false), (0o644, true), (0o620, true)])
    func othersLoseTheirRights(mode: Int, wasOpen: Bool) throws {
        let path = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try #"{"key": "k", \#(Self.ports)}"#.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        #expect(try ConnectionFile(path: path).wasOpenToOthers == wasOpen)
        let left = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(left == mode & 0o700)
    }

    @Test(
        arguments: [
            (#"{"key": "k"}"#, "shell_port: a port expected, got null"),
            ("[", "invalid JSON at byte 1: a value expected"),
            (#"{"signature_scheme": "none", \#(ports)}"#, "signature_scheme: 'hmac-sha256' expected, got 'none'"),
            (#"{"transport": "udp", \#(ports)}"#, "transport: 'tcp' or 'ipc' expected, got 'udp'"),
            (
                "{\(ports)}",
                "key: a key expected, as without one every user of this machine can send code"
            ),
            (#"{"key": "k", "shell_port": 65536}"#, "shell_port: a port expected, got 65536"),
        ])
    func wrongFilesAreTold(text: String, reason: String) throws {
        let error = #expect(throws: JupyterError.self) { _ = try read(text) }
        #expect(error?.description.hasSuffix("': " + reason) == true, "\(String(describing: error))")
    }

    @Test func missingFileIsTold() {
        #expect(throws: JupyterError.connectionFile(path: "/nosuch", reason: "cannot be read")) {
            try ConnectionFile(path: "/nosuch")
        }
    }
}
