"""The kinds of file that are taken, and what to say of the others."""

from __future__ import annotations

from cpc.documents.errors import UploadRefused

OFFICE = "application/vnd.openxmlformats-officedocument."
CONTENT_TYPES = {
    "docx": OFFICE + "wordprocessingml.document",
    "xlsx": OFFICE + "spreadsheetml.sheet",
    "pptx": OFFICE + "presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "csv": "text/csv",
    "txt": "text/plain",
}
ALLOWED_TEXT = "Word (.docx), Excel (.xlsx), PowerPoint (.pptx), PDF, .odt, .png, .jpg, .csv or .txt"
# Other names of a kind that is taken.
SAME_AS = {"jfif": "jpg", "jpe": "jpg", "jif": "jpg", "pjpeg": "jpg"}
PHONE_PICTURE = (
    "Pictures in the format of newer phones (.heic) cannot be uploaded. Open the picture on the phone or computer, save or"
    " export it as .jpg and select that"
)
# How a file of another kind becomes one that is taken.
HOW = {
    **dict.fromkeys(["heic", "heif", "hif", "avif"], PHONE_PICTURE),
    **dict.fromkeys(
        ["webp", "gif", "bmp", "tif", "tiff"],
        "Pictures must be .png or .jpg. Open the picture, save it as one of these and select that",
    ),
    "pages": "Files of Pages cannot be uploaded. In Pages choose Export To, Word or PDF, and select that",
    "numbers": "Files of Numbers cannot be uploaded. In Numbers choose Export To, Excel, and select that",
    "key": "Files of Keynote cannot be uploaded. In Keynote choose Export To, PowerPoint or PDF, and select that",
    "rtf": "Files in .rtf cannot be uploaded. Save it as .docx and select that",
    "ods": "Files in .ods cannot be uploaded. Save it as .xlsx and select that",
    "odp": "Files in .odp cannot be uploaded. Save it as .pptx or PDF and select that",
    "dotx": "Templates cannot be uploaded. Save it as .docx and select that",
    "potx": "Templates cannot be uploaded. Save it as .pptx and select that",
    "xltx": "Templates cannot be uploaded. Save it as .xlsx and select that",
    "xlsb": "Files in .xlsb cannot be uploaded. Save it as .xlsx and select that",
    "ppsx": "Slide shows (.ppsx) cannot be uploaded. Save it as .pptx and select that",
    "msg": "Emails cannot be uploaded. Print the email to PDF and select that",
    "eml": "Emails cannot be uploaded. Print the email to PDF and select that",
}


def mismatch(extension: str) -> UploadRefused:
    return UploadRefused(
        f"The selected file is not a real .{extension} file. Save it again as .{extension} and select it"
    )
