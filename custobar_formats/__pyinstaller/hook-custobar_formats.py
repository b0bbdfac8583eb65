"""The files that PyInstaller does not find: the schemas, the page of the HTML report, and what is imported by name.

Source: https://pyinstaller.org/en/stable/hooks.html (hooks that packages provide).
"""

from pathlib import Path

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, get_package_paths

hiddenimports = collect_submodules("custobar_formats", filter=lambda name: "__pyinstaller" not in name)
datas = collect_data_files("custobar_formats")

_beside = Path(get_package_paths("custobar_formats")[0]) / "schemas"
if _beside.is_dir() and not any(target.endswith("schemas") for _, target in datas):  # a checkout
    datas.append((str(_beside), "custobar_formats/schemas"))
