"""The pages for citizens and what stands before them: guards, languages, offers of similar complaints, codes."""
