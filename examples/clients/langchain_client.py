"""LangChain on LMP: only base_url is another.   pip install langchain-openai

lmp serve examples/chat.lmp, then: python3 langchain_client.py http://127.0.0.1:8080/v1
"""
import sys

from langchain_openai import ChatOpenAI
from pydantic import BaseModel, Field


class Person(BaseModel):
    """Somebody."""
    name: str = Field(max_length=20)
    age: int = Field(ge=0, le=120)


model = ChatOpenAI(base_url=sys.argv[1], api_key="none", model="demo", temperature=0)
short = ChatOpenAI(base_url=sys.argv[1], api_key="none", model="demo", temperature=0, max_tokens=16)
print("said:", short.invoke("Where is Ann?").content)
print("streamed:", "".join(piece.content for piece in short.stream("Where is Ann?")))
print("called:", model.bind_tools([Person], tool_choice="Person").invoke("Who is Ann?").tool_calls[0]["args"])
print("parsed:", model.with_structured_output(Person).invoke("Who is Ann?"))
