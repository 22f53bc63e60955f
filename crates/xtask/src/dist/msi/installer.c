/* Installs a package as msiexec would, with properties that no command line on the way has
   touched, and answers with the number of the error. The file of UTF-16 that is named first
   has the package in its first line and the properties in its second. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>
#include <msi.h>

static wchar_t text[65536];

int wmain(int count, wchar_t **words)
{
    FILE *file = count == 2 ? _wfopen(words[1], L"rb") : NULL;
    if (!file)
        return 2;
    text[fread(text, sizeof *text, sizeof text / sizeof *text - 1, file)] = 0;
    fclose(file);
    wchar_t *properties = wcschr(text, L'\n');
    if (!properties)
        return 2;
    *properties++ = 0;
    MsiSetInternalUI(INSTALLUILEVEL_NONE, NULL);
    MsiEnableLogW(INSTALLLOGMODE_VERBOSE, L"C:\\log.txt", 0);
    printf("%u\n", MsiInstallProductW(text, properties));
    return 0;
}
