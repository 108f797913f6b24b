"""Each kind of document brings its own rules; these two names ask them."""

from cpc.documents.document_kinds import may_read, may_write, reads_some

RULES = {
    # Asked of a version.
    "cpc.read_document": may_read,
    "cpc.write_document": may_write,
    # Who opened a file: for the LGA's people among its readers.
    "cpc.view_document_views": lambda user, document: user.is_lga_staff and reads_some(user, document),
}
