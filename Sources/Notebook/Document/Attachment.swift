import Support

/// A picture that is kept in a notebook beside a text, which shows it as `attachment:NAME`.
struct Attachment {
    /// Its name.
    let name: String
    /// The picture as a data URI.
    let address: String
}

extension Cell {
    private static let pictures = ["image/png", "image/jpeg", "image/gif", "image/svg+xml", "image/webp"]

    /// The pictures that are attached.
    var attachments: [Attachment] {
        (json["attachments"]?.members ?? []).compactMap { attachment in
            for type in Self.pictures {
                guard let content = attachment.value[type]?.multilineText?.filter({ !$0.isWhitespace }),
                    content.utf8.allSatisfy(OutputHTML.isBase64)
                else { continue }
                return Attachment(name: attachment.name, address: "data:\(type);base64,\(content)")
            }
            return nil
        }
    }

    /// Whether something is attached, of whatever kind.
    var hasAttachments: Bool { json["attachments"]?.members?.isEmpty == false }
}
