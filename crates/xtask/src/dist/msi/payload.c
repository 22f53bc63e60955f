/* Stands for a program in the package of the tests: it writes down what it was asked, and
   finds a mistake in the policy where there is a file that says so. */
#include <stdio.h>
#include <wchar.h>

int wmain(int count, wchar_t **words)
{
    FILE *calls = _wfopen(L"C:\\calls.txt", L"a");
    if (!calls)
        return 2;
    for (int i = 1; i < count; i++)
        fwprintf(calls, i > 1 ? L" %ls" : L"%ls", words[i]);
    fwprintf(calls, L"\n");
    fclose(calls);
    FILE *mistake = _wfopen(L"C:\\mistake.txt", L"r");
    if (mistake)
        fclose(mistake);
    return mistake && count > 1 && !wcscmp(words[1], L"policy");
}
