"""OpenAI's own client, on LMP: only base_url is another.   pip install openai

lmp serve examples/chat.lmp, then: python3 openai_client.py http://127.0.0.1:8080/v1
"""
import sys

from openai import OpenAI
from pydantic import BaseModel, Field


class Person(BaseModel):
    name: str = Field(max_length=20)
    age: int = Field(ge=0, le=120)


client = OpenAI(base_url=sys.argv[1], api_key="none")
model = client.models.list().data[0].id
ask = {"model": model, "temperature": 0, "messages": [{"role": "user", "content": "Where is Ann?"}]}
print("said:", client.chat.completions.create(**ask, max_tokens=16).choices[0].message.content)
stream = client.chat.completions.create(**ask, max_tokens=16, stream=True)
print("streamed:", "".join(chunk.choices[0].delta.content or "" for chunk in stream))
print("parsed:", client.chat.completions.parse(**ask, response_format=Person).choices[0].message.parsed)
