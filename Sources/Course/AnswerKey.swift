import CSodium
import Foundation
import Support

/// The right answers of a lesson, by the names of its exercises.
public struct AnswerKey: Equatable, Sendable {
    private var answers: [(name: String, answer: Answer)] = []

    /// No answers.
    public init() {}

    /// The names, in the order in which they were given.
    public var names: [String] { answers.map(\.name) }

    /// The answer of an exercise; one that is given again replaces the earlier one.
    public subscript(name: String) -> Answer? {
        get { answers.first { $0.name == name }?.answer }
        set {
            let place = answers.firstIndex { $0.name == name }
            switch (place, newValue) {
            case (let place?, let answer?): answers[place].answer = answer
            case (let place?, nil): answers.remove(at: place)
            case (nil, let answer?): answers.append((name, answer))
            case (nil, nil): break
            }
        }
    }

    /// Whether both have the same answers in the same order.
    public static func == (a: AnswerKey, b: AnswerKey) -> Bool {
        a.answers.elementsEqual(b.answers) { $0.name == $1.name && $0.answer == $1.answer }
    }

    /// The key as a text that cannot be read: base64 of what libsodium's secretbox made of it, in lines. The same
    /// answers give the same text.
    public var sealed: String {
        let plain = Array(JSON.object(answers.map { .init($0.name, $0.answer.json) }).description.utf8)
        let nonce = Self.hash(plain, count: Int(crypto_secretbox_NONCEBYTES))
        var box = [UInt8](repeating: 0, count: plain.count + Int(crypto_secretbox_MACBYTES))
        _ = crypto_secretbox_easy(&box, plain, UInt64(plain.count), nonce, Self.secret)
        return Data(nonce + box).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
    }

    /// Opens what `sealed` gave; an error where the text is not whole.
    public init(sealed text: String) throws(CourseError) {
        let (nonceSize, macSize) = (Int(crypto_secretbox_NONCEBYTES), Int(crypto_secretbox_MACBYTES))
        guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters),
            data.count >= nonceSize + macSize
        else { throw Self.damaged }
        let (nonce, box) = (Array(data.prefix(nonceSize)), Array(data.dropFirst(nonceSize)))
        var plain = [UInt8](repeating: 0, count: box.count - macSize)
        guard crypto_secretbox_open_easy(&plain, box, UInt64(box.count), nonce, Self.secret) == 0,
            let members = (try? JSON(parsing: plain))?.members
        else { throw Self.damaged }
        for member in members {
            guard let answer = Answer(member.value) else {
                throw CourseError("the answer '\(member.name)' is of a newer version of Lunette")
            }
            answers.append((member.name, answer))
        }
    }

    private static let damaged = CourseError("the sealed answers are not whole: `check.seal()` gave another text")

    private static let secret = hash(
        Array("The answers of a lesson in Lunette".utf8), count: Int(crypto_secretbox_KEYBYTES))

    private static func hash(_ bytes: [UInt8], count: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        crypto_generichash(&result, count, bytes, UInt64(bytes.count), nil, 0)
        return result
    }
}
