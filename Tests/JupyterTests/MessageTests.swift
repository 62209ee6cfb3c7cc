import Jupyter
import Support
import Testing

/// Messages as frames, and their signatures.
@Suite struct MessageTests {
    private let key = MessageKey("secret")

    private func message(_ content: JSON = .record(["code": .string("print('ä')")])) -> Message {
        Message(
            identities: [[0, 1, 2], [9]],
            header: .record(["msg_id": .string("1"), "msg_type": .string("execute_request")]), content: content,
            buffers: [[255, 0]])
    }

    /// RFC 4231, test case 2.
    @Test func signatureIsHMACWithSHA256() {
        let signature = MessageKey("Jefe").signature(of: [Array("what do ya want ".utf8), Array("for nothing?".utf8)])
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        #expect(String(decoding: signature, as: UTF8.self) == expected)
    }

    @Test func framesAreReadAsTheyWereWritten() throws {
        #expect(try Message(frames: message().frames(key: key), key: key) == message())
        #expect(message().type == "execute_request")
    }

    @Test func emptyKeySignsNothing() throws {
        let frames = message().frames(key: MessageKey(""))
        #expect(frames[3].isEmpty)
        #expect(try Message(frames: frames, key: MessageKey("")) == message())
    }

    @Test(arguments: 3..<8)
    func changedFrameIsRefused(index: Int) throws {
        var frames = message().frames(key: key)
        frames[index][0] ^= 1
        #expect(throws: JupyterError.message(reason: "the signature is wrong")) {
            try Message(frames: frames, key: key)
        }
    }

    @Test(arguments: 0..<8)
    func halfMessageIsRefused(count: Int) {
        let frames = Array(message().frames(key: key).prefix(count))
        #expect(throws: JupyterError.self) { try Message(frames: frames, key: key) }
    }

    @Test(arguments: ["", "[]", "{", "{\"a\": 1, \"a\": 2}", "\u{0}"])
    func contentThatIsNoObjectIsRefused(text: String) {
        var frames = message().frames(key: MessageKey(""))
        frames[7] = Array(text.utf8)
        #expect(throws: JupyterError.self) { try Message(frames: frames, key: MessageKey("")) }
    }

    @Test func messageWithoutTypeIsRefused() {
        let frames = Message(header: .record([:]), content: .record([:])).frames(key: key)
        #expect(throws: JupyterError.message(reason: "header: msg_type expected")) {
            try Message(frames: frames, key: key)
        }
    }

    @Test func replyGoesToWhoAsked() {
        let reply = MessageWriter().reply(to: message(), .record([:]))
        #expect(reply.type == "execute_reply")
        #expect(reply.identities == message().identities)
        #expect(reply.parent == message().header)
        #expect(reply.header["version"] == .string("5.3"))
    }
}
