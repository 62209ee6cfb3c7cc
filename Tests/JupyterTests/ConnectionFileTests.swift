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
        let connection = try read("{\(Self.ports)}")
        #expect(connection.endpoint(connection.heartbeat) == "tcp://127.0.0.1:65535")
    }

    @Test func otherTransport() throws {
        let connection = try read(#"{"transport": "ipc", "ip": "/tmp/kernel", "key": "k", \#(Self.ports)}"#)
        #expect(connection.endpoint(connection.shell) == "ipc:///tmp/kernel-1")
        #expect(connection.key == "k")
    }

    @Test(
        arguments: [
            ("{}", "shell_port: a port expected, got null"), ("[", "invalid JSON at byte 1: a value expected"),
            (#"{"signature_scheme": "none", \#(ports)}"#, "signature_scheme: 'hmac-sha256' expected, got 'none'"),
            (#"{"transport": "udp", \#(ports)}"#, "transport: 'tcp' or 'ipc' expected, got 'udp'"),
            (#"{"shell_port": 65536}"#, "shell_port: a port expected, got 65536"),
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
