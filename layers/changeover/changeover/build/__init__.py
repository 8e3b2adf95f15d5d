"""How a release is made from the vendor's archive and the site's customizations.

Pure: bytes in, bytes out. CodeBuild and the `changeover release` commands run the same code.
"""
